//! `chinwag plain --exec`: a command answers each datagram. The course's servers are one line.

mod common;

use common::{Peer, Program, chinwag, chinwag_command, course, has, has_namespaces, shell};

/// `chinwag plain` that answers by this command, and its port.
fn server(command: &str) -> (Program, u16) {
    let mut server = chinwag_command("plain --bind 127.0.0.1:0");
    let mut server = Program::start(server.args(["--exec", command]));
    let port = server.listens();
    (server, port)
}

#[test]
fn the_upper_case_server_of_the_course_is_one_line() {
    if !has("python3") {
        return;
    }
    let (mut server, port) = server("tr a-z A-Z");
    let mut client = course("chatter.py", &format!("0 127.0.0.1 {port}"));
    assert!(client.out.line().starts_with("listening"));
    for line in ["hello", "ACK 17 ok", "größe"] {
        client.types(line);
        assert!(server.out.line().ends_with(&format!("] {line}")));
        let answer = client.out.line();
        assert!(answer.ends_with(&line.to_ascii_uppercase()), "{answer}");
    }
}

#[test]
fn three_clients_at_once_each_get_their_own_answers_in_order() {
    let (_server, port) = server("cat; echo \" from $REMOTE_PORT\"");
    let clients = [Peer::bind(), Peer::bind(), Peer::bind()];
    for number in 0..25 {
        for client in &clients {
            client.says(port, number.to_string().as_bytes());
        }
    }
    for number in 0..25 {
        for client in &clients {
            let answer = format!("{number} from {}\n", client.address().port());
            assert_eq!(String::from_utf8(client.hears()).unwrap(), answer);
        }
    }
    assert!(clients.iter().all(|client| client.hears_soon().is_none()));
}

#[test]
fn bytes_pass_as_they_are_and_a_command_need_not_read_them() {
    let (_cat, port) = server("cat");
    let client = Peer::bind();
    let bytes: Vec<u8> = (0..=250).cycle().take(65_507).collect();
    client.says(port, &bytes);
    assert!(client.hears() == bytes, "the largest datagram comes back");
    let (mut deaf, port) = server("echo no");
    client.says(port, &bytes);
    assert_eq!(client.hears(), b"no\n");
    deaf.signal("TERM");
    assert_eq!(deaf.code(), 128 + 15, "it was no broken pipe that ended it");
}

#[test]
fn a_slow_command_is_ended_with_all_that_it_started_and_holds_nobody_up() {
    let (mut server, port) = server("read line; [ $line != slow ] || { sleep 600 & wait; }; echo $line");
    let (slow, quick) = (Peer::bind(), Peer::bind());
    slow.says(port, b"slow\n");
    server.out.line();
    quick.says(port, b"quick\n");
    assert_eq!(quick.hears(), b"quick\n");
    assert!(server.err.line().starts_with("lines go to"));
    assert!(server.err.line().starts_with("lines go to"));
    let why = "was not answered: the command took longer than 5 seconds and was ended";
    server.err.is(&format!("{} {why}", slow.address()));
    slow.says(port, b"again\n");
    assert_eq!(slow.hears(), b"again\n");
    server.signal("TERM");
    assert_eq!(server.code(), 128 + 15, "nothing that it started holds its standard error open");
}

#[test]
fn what_runs_ends_with_the_session() {
    let (mut server, port) = server("echo runs >&2; exec sleep 600");
    Peer::bind().says(port, b"hi");
    assert!(server.err.line().starts_with("lines go to"));
    server.err.is("runs");
    server.signal("INT");
    assert_eq!(server.code(), 128 + 2, "nothing that it started holds its standard error open");
}

#[test]
fn why_there_is_no_answer_is_told_once_with_the_count_and_costs_only_that_answer() {
    let (mut server, port) = server(
        "read line; case $line in long) yes;; torn) echo half; kill -9 $$;; no) exit 3;; silent) ;; *) echo $line;; esac",
    );
    let client = Peer::bind();
    for line in ["no\n", "long\n", "torn\n", "silent\n", "yes\n"] {
        client.says(port, line.as_bytes());
    }
    assert_eq!(client.hears(), b"yes\n");
    assert!(server.err.line().starts_with("lines go to"));
    server.err.is(&format!("{} was not answered: the command printed nothing (exit status: 3)", client.address()));
    server.signal("TERM");
    assert!(server.err.rest().is_empty(), "strangers do not fill the screen");
}

#[test]
fn frames_of_rooms_are_not_answered() {
    let (mut server, port) = server("cat");
    let client = Peer::bind();
    client.says(port, b"\xffframe");
    client.says(port, b"text");
    assert_eq!(client.hears(), b"text");
    server.out.line();
    assert!(server.out.line().ends_with("] text"));
}

#[test]
fn a_server_does_not_answer_itself_by_an_address_that_came_later() {
    if !has_namespaces() || !has("ip") || !has("nsenter") {
        return;
    }
    let mut server =
        shell("exec unshare -rn sh -c 'ip link set lo up; exec $0 plain -b 8083 --exec cat 10.9.9.9:8083' $0");
    server.listens();
    let inside = format!("nsenter --preserve-credentials -U -n -t {} ip address add 10.9.9.9/32 dev lo", server.id());
    assert_eq!(shell(&inside).ends(), 0);
    for line in 0..300 {
        server.types(&line.to_string());
        server.out.is(&format!("[10.9.9.9:8083] {line}"));
    }
    server.signal("TERM");
    assert_eq!(server.out.rest(), [""; 0]);
}

#[test]
fn the_program_of_rooms_is_not_for_plain() {
    let mut refused = chinwag("plain --exec-all --exec cat");
    assert_eq!(
        refused.err.line(),
        "error: --exec-all is not for plain, which has no rooms; its peers are named after the word plain"
    );
    assert_eq!(refused.code(), 2);
}
