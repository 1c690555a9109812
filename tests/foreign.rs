//! Programs of other people: both directions each, and none of them dies of us.

mod common;

use std::process::Command;

use common::{Peer, Program, course, has, plain};

/// A port that was free a moment ago, for programs that cannot tell which one they took.
fn free_port() -> u16 {
    Peer::bind().address().port()
}

/// Types to `program` until the other side, which may still be starting, shows it.
fn types_until_shown(program: &mut Program, line: &str, shown_by: &mut Program) {
    loop {
        program.types(line);
        if shown_by.out.line_soon().is_some_and(|shown| shown.contains(line)) {
            return;
        }
    }
}

/// The port in the first line of a file of the course.
fn listens(course: &mut Program) -> u16 {
    let line = course.out.line();
    line.strip_prefix("listening on port ").and_then(|port| port.parse().ok()).unwrap_or_else(|| panic!("{line:?}"))
}

#[test]
fn the_upper_case_server_answers() {
    let mut server = course("upper.py", "0");
    let port = listens(&mut server);
    let (mut program, _) = plain(&format!("127.0.0.1:{port}"));
    for line in ["hello", "größe 你好", "", "last"] {
        program.types(line);
        program.out.is(&format!("[127.0.0.1:{port}] {}", line.to_uppercase()));
    }
    assert!(server.is_alive());
}

#[test]
fn strict_chatters_in_both_charsets_read_and_are_read() {
    for (charset, ours) in [("utf-8", ""), ("gbk", ""), ("gbk", "--charset gbk")] {
        let (mut program, port) = plain(ours);
        let mut chatter = course("chatter.py", &format!("0 127.0.0.1 {port} {charset}"));
        let chatter_port = listens(&mut chatter);
        chatter.types("你好 from the course");
        program.out.is(&format!("[127.0.0.1:{chatter_port}] 你好 from the course"));
        let alone = if ours.is_empty() { "再见" } else { "模" }; // GBK that may be UTF-8 is read as GBK where that was chosen
        for line in ["再见", "", "ascii", alone] {
            program.types(line);
            chatter.out.is(&format!("127.0.0.1 said: {line}"));
            chatter.types(&format!("{line}!"));
            program.out.is(&format!("[127.0.0.1:{chatter_port}] {line}!"));
        }
        assert!(chatter.is_alive());
    }
}

#[test]
fn a_one_shot_sender_is_shown_and_what_is_sent_back_to_it_is_no_end() {
    let (mut program, port) = plain("");
    let say = course("say.py", &format!("127.0.0.1 {port} hello"));
    assert!(program.out.line().ends_with("] hello"));
    assert_eq!(say.ends(), 0);
    program.types("too late");
    program.err.line();
    assert!(program.err.line().ends_with("nothing listens there, or a firewall refuses it"));
    let mut again = course("say.py", &format!("127.0.0.1 {port} again"));
    assert!(program.out.line().ends_with("] again"));
    assert_eq!(again.code(), 0);
}

/// A program that speaks UDP writes first, then listens; `caller` and `listener` are its arguments for a port. It prints
/// messages as they come, so chinwag adds the line ends.
fn both_roles(name: &str, caller: impl Fn(u16) -> String, listener: impl Fn(u16) -> String) {
    if !has(name) {
        return;
    }
    let start = |arguments: String| Program::start(Command::new(name).args(arguments.split_whitespace()));

    let (mut program, port) = plain("--newline");
    let mut other = start(caller(port));
    other.types("你好 from the caller");
    assert!(program.out.line().ends_with("] 你好 from the caller"));
    program.types("hello caller");
    other.out.is("hello caller");
    other.types("again");
    assert!(program.out.line().ends_with("] again"));
    assert!(other.is_alive());

    let port = free_port();
    let mut other = start(listener(port));
    let (mut program, _) = plain(&format!("--newline 127.0.0.1:{port}"));
    types_until_shown(&mut program, "hello listener", &mut other);
    other.types("你好 from the listener");
    program.out.is(&format!("[127.0.0.1:{port}] 你好 from the listener"));
    assert!(other.is_alive());
}

#[test]
fn nc_as_caller_and_as_listener() {
    both_roles("nc", |port| format!("-u 127.0.0.1 {port}"), |port| format!("-u -l -p {port}"));
}

#[test]
fn socat_as_caller_and_as_listener() {
    let listener = |port| format!("- UDP4-LISTEN:{port},bind=127.0.0.1");
    both_roles("socat", |port| format!("- UDP4:127.0.0.1:{port}"), listener);
}

#[test]
fn ncat_as_caller_and_as_listener() {
    both_roles("ncat", |port| format!("-u 127.0.0.1 {port}"), |port| format!("-u -l 127.0.0.1 {port}"));
}
