//! `tscope`: the workbench without a window.

fn main() {}
