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
    assert!(program.err.line().ends_with("no program listens there"));
    let mut again = course("say.py", &format!("127.0.0.1 {port} again"));
    assert!(program.out.line().ends_with("] again"));
    assert_eq!(again.code(), 0);
}

#[test]
fn nc_as_sender_and_as_listener() {
    if !has("nc") {
        return;
    }
    let (mut program, port) = plain("--newline");
    let mut nc = Program::start(Command::new("nc").args(["-u", "127.0.0.1", &port.to_string()]));
    nc.types("你好 from nc");
    assert!(program.out.line().ends_with("] 你好 from nc"));
    program.types("hello nc");
    nc.out.is("hello nc");
    nc.types("again");
    assert!(program.out.line().ends_with("] again"));
    assert!(nc.is_alive());

    let port = free_port();
    let mut nc = Program::start(Command::new("nc").args(["-u", "-l", "-p", &port.to_string()]));
    let (mut program, _) = plain(&format!("--newline 127.0.0.1:{port}"));
    types_until_shown(&mut program, "hello listener", &mut nc);
    nc.types("hello caller");
    program.out.is(&format!("[127.0.0.1:{port}] hello caller"));
    assert!(nc.is_alive());
}

#[test]
fn socat_as_sender_and_as_listener() {
    if !has("socat") {
        return;
    }
    let (mut program, port) = plain("--newline");
    let mut socat = Program::start(Command::new("socat").args(["-", &format!("UDP4:127.0.0.1:{port}")]));
    socat.types("你好 from socat");
    assert!(program.out.line().ends_with("] 你好 from socat"));
    program.types("hello socat");
    socat.out.is("hello socat");

    let port = free_port();
    let mut socat = Program::start(Command::new("socat").args(["-", &format!("UDP4-LISTEN:{port},bind=127.0.0.1")]));
    let (mut program, _) = plain(&format!("--newline 127.0.0.1:{port}"));
    types_until_shown(&mut program, "hello listener", &mut socat);
    socat.types("hello caller");
    program.out.is(&format!("[127.0.0.1:{port}] hello caller"));
    assert!(socat.is_alive());
}

#[test]
fn ncat_as_sender_and_as_listener() {
    if !has("ncat") {
        return;
    }
    let (mut program, port) = plain("--newline");
    let mut ncat = Program::start(Command::new("ncat").args(["-u", "127.0.0.1", &port.to_string()]));
    ncat.types("你好 from ncat");
    assert!(program.out.line().ends_with("] 你好 from ncat"));
    program.types("hello ncat");
    ncat.out.is("hello ncat");

    let port = free_port();
    let mut ncat = Program::start(Command::new("ncat").args(["-u", "-l", "127.0.0.1", &port.to_string()]));
    let (mut program, _) = plain(&format!("--newline 127.0.0.1:{port}"));
    types_until_shown(&mut program, "hello listener", &mut ncat);
    ncat.types("hello caller");
    program.out.is(&format!("[127.0.0.1:{port}] hello caller"));
    assert!(ncat.is_alive());
}
