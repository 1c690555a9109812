//! The plain dialect between real processes: what is said, to whom, and what it looks like.

mod common;

use common::{Peer, Program, Scratch, has, has_namespaces, plain};

#[test]
fn two_instances_chat_both_ways_at_once() {
    let (mut alice, alice_port) = plain("");
    let (mut bob, bob_port) = plain(&format!("127.0.0.1:{alice_port}"));
    bob.types("你好, alice");
    alice.out.is(&format!("[127.0.0.1:{bob_port}] 你好, alice"));
    alice.err.is(&format!("lines go to 127.0.0.1:{bob_port} now"));
    for n in 0..100 {
        alice.types(&format!("alice {n}"));
        bob.types(&format!("bob {n}"));
    }
    for n in 0..100 {
        bob.out.is(&format!("[127.0.0.1:{alice_port}] alice {n}"));
        alice.out.is(&format!("[127.0.0.1:{bob_port}] bob {n}"));
    }
}

#[test]
fn lines_typed_before_somebody_wrote_wait_for_him() {
    let (mut listener, port) = plain("");
    listener.types("early");
    let alice = Peer::bind();
    alice.says(port, b"hi");
    assert_eq!(alice.hears(), b"early");
    listener.out.is(&format!("[{}] hi", alice.address()));
}

#[test]
fn lines_go_to_whoever_wrote_last_but_a_line_begun_goes_to_the_one_before() {
    let (mut listener, port) = plain("");
    let (alice, bob) = (Peer::bind(), Peer::bind());
    alice.says(port, b"one");
    listener.types("to alice");
    assert_eq!(alice.hears(), b"to alice");
    listener.feed(b"whole line\nbegun ");
    assert_eq!(alice.hears(), b"whole line");
    bob.says(port, b"two");
    listener.err.is(&format!("lines go to {} now", alice.address()));
    listener.err.is(&format!("lines go to {} now", bob.address()));
    listener.types("for alice");
    assert_eq!(alice.hears(), b"begun for alice");
    listener.types("for bob");
    assert_eq!(bob.hears(), b"for bob");
}

#[test]
fn one_dead_peer_of_four_costs_the_others_nothing() {
    let (alice, bob, carol) = (Peer::bind(), Peer::bind(), Peer::bind());
    let dead = Peer::bind().address(); // bound and let go: nobody listens there
    let peers = format!("{} {dead} {} {}", alice.address(), bob.address(), carol.address());
    let (mut sender, _) = plain(&peers);
    for batch in 0..10 {
        let lines: Vec<String> = (0..50).map(|n| format!("line {batch} {n}")).collect(); // they fit a receive buffer
        sender.types(&lines.join("\n"));
        for line in &lines {
            for peer in [&alice, &bob, &carol] {
                assert_eq!(String::from_utf8_lossy(&peer.hears()), *line);
            }
        }
    }
    sender.err.is(&format!("{dead}: nothing listens there, or a firewall refuses it"));
    sender.end_input();
    assert_eq!(sender.err.rest(), [""; 0], "told once");
    assert_eq!(sender.ends(), 0);
}

#[test]
fn a_name_is_tried_at_its_next_address_after_a_refusal_and_no_line_is_lost() {
    if !has_namespaces() || !has("ip") {
        return;
    }
    // In a network of its own a name has both families, and only the second one listens.
    let folder = Scratch::new();
    std::fs::write(folder.path().join("hosts"), "127.0.0.1 twofold\n::1 twofold\n").unwrap();
    let script = r#"
        cd "$1" && mount --bind hosts /etc/hosts && ip link set lo up && mkfifo ready || exit 99
        "$0" plain --bind [::1]:9999 </dev/null 2>ready & listener=$!
        read line <ready
        printf 'one\ntwo\nthree\n' | "$0" plain --bind 9998 twofold:9999
        echo "code $?"
        kill $listener; wait $listener"#;
    let mut command = std::process::Command::new("unshare");
    command.args(["-rmnpf", "--kill-child", "sh", "-c", script, env!("CARGO_BIN_EXE_chinwag")]).arg(folder.path());
    let mut program = Program::start(&mut command);
    assert_eq!(program.err.line(), "listening on 0.0.0.0:9998 and [::]:9998");
    program
        .err
        .is("twofold:9999 at 127.0.0.1:9999: nothing listens there, or a firewall refuses it; trying [::1]:9999");
    assert_eq!(program.out.rest(), ["[[::1]:9998] one", "[[::1]:9998] two", "[[::1]:9998] three", "code 0"]);
}

#[test]
fn the_same_message_two_hundred_times_arrives_two_hundred_times() {
    let (mut receiver, port) = plain("");
    let (mut sender, sender_port) = plain(&format!("127.0.0.1:{port}"));
    for _ in 0..200 {
        sender.types("again");
    }
    for _ in 0..200 {
        receiver.out.is(&format!("[127.0.0.1:{sender_port}] again"));
    }
}

#[test]
fn every_length_from_nothing_to_the_longest_arrives_whole() {
    let peer = Peer::bind();
    let (mut program, port) = plain(&peer.address().to_string());
    for length in [0, 1, 1023, 1024, 1025, 1472, 8192, 65_506, 65_507] {
        let text = "x".repeat(length);
        program.types(&text);
        assert!(peer.hears() == text.as_bytes(), "sent {length}");
        peer.says(port, text.as_bytes());
        assert!(program.out.line() == format!("[{}] {text}", peer.address()), "received {length}");
    }
}

#[test]
fn newline_is_added_on_request_and_exactly_one_is_removed() {
    let peer = Peer::bind();
    let (mut program, port) = plain(&format!("--newline {}", peer.address()));
    program.types("with");
    assert_eq!(peer.hears(), b"with\n");
    for datagram in ["nc\n", "windows\r\n", "bare", "two\n\n"] {
        peer.says(port, datagram.as_bytes());
    }
    for record in ["nc", "windows", "bare", "two"] {
        program.out.is(&format!("[{}] {record}", peer.address()));
    }
    program.out.is("  ");
}

#[test]
fn no_datagram_forges_a_record_or_reaches_the_terminal_raw() {
    let (mut program, port) = plain("");
    let peer = Peer::bind();
    let all: Vec<u8> = (0..=255).collect();
    let attacks: [&[u8]; 5] = [
        b"hi\n[10.0.0.7:7788] forged",
        b"\x1b]0;title\x07\x1b[2J\x9b31m",
        &all,
        "\u{202e}evil\u{2028}x".as_bytes(),
        b"",
    ];
    for attack in attacks {
        peer.says(port, attack);
    }
    peer.says(port, b"next");
    let from = format!("[{}]", peer.address());
    program.out.is(&format!("{from} hi"));
    program.out.is("  [10.0.0.7:7788] forged");
    program.out.is(&format!(r"{from} \x1b]0;title\x07\x1b[2J\x9b31m"));
    let shown = [program.out.line(), program.out.line()].concat(); // byte 10 of the 256 is a newline
    for unprintable in (0..32).chain(127..=255).filter(|byte| !matches!(byte, b'\t' | b'\n')) {
        assert!(shown.contains(&format!("\\x{unprintable:02x}")), "{unprintable:#x} is not lost");
    }
    program.out.is(&format!(r"{from} \u{{202e}}evil\u{{2028}}x"));
    program.out.is(&format!("{from} "));
    program.out.is(&format!("{from} next"));
}

#[test]
fn a_peer_that_writes_gbk_is_read_and_answered_in_it() {
    let (mut program, port) = plain("");
    let peer = Peer::bind();
    peer.says(port, b"\xc4\xe3\xba\xc3");
    program.out.is(&format!("[{}] 你好", peer.address()));
    program.err.is(&format!("lines go to {} now", peer.address()));
    program.err.is(&format!("{} writes gb18030 and is answered in it", peer.address()));
    program.types("再见");
    assert_eq!(peer.hears(), b"\xd4\xd9\xbc\xfb");
}

#[test]
fn a_chosen_charset_is_spoken_and_what_it_lacks_is_refused_by_name() {
    let peer = Peer::bind();
    let (mut program, port) = plain(&format!("--charset big5 {}", peer.address()));
    program.types("ok 😀 ok");
    program.types("你好");
    assert_eq!(peer.hears(), b"\xa7\x41\xa6\x6e");
    program.err.is("chinwag: line 1 was not sent: big5 has no '😀' (U+1F600)");
    peer.says(port, b"\xa7\x41\xa6\x6e");
    program.out.is(&format!("[{}] 你好", peer.address()));
    assert_eq!(program.ends(), 1);
}

#[test]
fn a_bad_line_is_named_and_the_rest_is_sent() {
    let peer = Peer::bind();
    let (mut program, _) = plain(&peer.address().to_string());
    program.feed(b"one\ntwo\0\n\xff\n");
    program.feed("x".repeat(70_000).as_bytes());
    program.feed(b"\nfive");
    program.end_input();
    assert_eq!(peer.hears(), b"one");
    assert_eq!(peer.hears(), b"five");
    program.err.is("chinwag: line 2 was not sent: it holds a NUL byte, expected text");
    program.err.is("chinwag: line 3 was not sent: it is not UTF-8 from byte 1 on, expected text in UTF-8");
    program.err.is("chinwag: line 4 was not sent: it is 70000 bytes long, one datagram carries at most 65507");
    assert_eq!(program.ends(), 1);
}

#[test]
fn a_group_of_the_loopback_is_one_peer_to_many() {
    let group = "239.255.77.89";
    let receiver = Peer::at("0.0.0.0:0");
    let socket = socket2::SockRef::from(&receiver.udp);
    socket.join_multicast_v4(&group.parse().unwrap(), &std::net::Ipv4Addr::LOCALHOST).unwrap();
    let (mut sender, _) = plain(&format!("--interface lo {group}:{}", receiver.address().port()));
    sender.types("to all");
    assert_eq!(receiver.hears(), b"to all");
}
