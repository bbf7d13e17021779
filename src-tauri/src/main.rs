//! Topicscope.
fn main() {}
