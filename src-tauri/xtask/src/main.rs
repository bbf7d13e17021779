//! Build, test and measure Topicscope: `cargo xtask help`.

fn main() {}
