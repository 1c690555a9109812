//! Two machines on one network, which the test makes of namespaces.

mod common;

use std::process::Command;

use common::{Program, Scratch, has, has_namespaces};

/// Runs `here` on a machine joined by a cable to another one that listens with `there`, and returns what both printed,
/// sorted. The machines are 10.1.1.1 and 10.1.1.2 on `v0` and `v1`; in both scripts `$0` is chinwag.
fn two_machines(there: &str, here: &str) -> Option<Vec<String>> {
    let (printed, talk) = cabled(":", &format!("plain {there}"), here)?;
    assert!(talk.iter().all(|line| line.starts_with("listening on ")), "{talk:?}");
    Some(printed)
}

/// The same with a program that says on standard error when it listens. Both machines begin with `first`. What was said on
/// standard error here is returned, too.
fn cabled(first: &str, there: &str, here: &str) -> Option<(Vec<String>, Vec<String>)> {
    if !has_namespaces() || !has("ip") {
        return None;
    }
    let folder = Scratch::new();
    let is_up = "for try in $(seq 1000); do ip -o link show $1 | grep -q 'state UP' && exit; done; exit 1";
    std::fs::write(folder.path().join("is_up"), is_up).expect("there is room for a script");
    let script = format!(
        r#"
        cd "$1" && mkfifo born cable ready && ip link set lo up || exit 99
        {first}
        unshare -n sh -c '{first}
            echo >born; read cable <cable
            ip addr add 10.1.1.2/24 dev v1 && ip link set v1 up
            ip addr add fe80::2/64 dev v1 nodad 2>&- # a machine may have no IPv6
            sh is_up v1
            exec "$0" {there} </dev/null 2>ready' "$0" & other=$!
        read line <born # now it has a network of its own to put the other end into
        ip link add v0 type veth peer name v1 netns $other
        ip addr add 10.1.1.1/24 dev v0 && ip link set v0 up
        ip addr add fe80::1/64 dev v0 nodad 2>&-
        echo >cable; read line <ready
        sh is_up v0
        {here}
        kill -INT $other; wait $other"#
    );
    let mut command = Command::new("unshare");
    command.args(["-rnpf", "--kill-child", "sh", "-c", &script, env!("CARGO_BIN_EXE_chinwag")]).arg(folder.path());
    let mut program = Program::start(&mut command);
    let mut printed = program.out.rest();
    let talk = program.err.rest();
    printed.sort();
    Some((printed, talk))
}

/// Linux lets one socket join groups by 20 interfaces; by 2 here, so that it takes fewer of them.
#[test]
fn people_meet_by_any_of_many_interfaces() {
    let many = "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6
            echo 2 > /proc/sys/net/ipv4/igmp_max_memberships || exit 98
            for n in 1 2 3 4 5; do
                ip link add d$n type veth peer name e$n && ip addr add 10.2.$n.1/24 dev d$n || exit 97
                ip link set d$n up && ip link set e$n up || exit 96
            done";
    let here = r#"echo hello | "$0" --temp -n alice -b 9999 -q --wait-peers 1 --timeout 20; echo "code $?""#;
    let Some((printed, talk)) = cabled(many, "--temp -n bob", here) else { return };
    assert_eq!((printed, talk), (vec!["<alice> hello".to_owned(), "code 0".to_owned()], vec![]));
}

#[test]
fn what_this_machine_refuses_to_send_is_told_in_rooms_too_and_is_not_called_sent() {
    if !has_namespaces() || !has("ip") {
        return;
    }
    let script = r#"ip link set lo up && ip route add prohibit 10.9.9.9 || exit 99
        exec "$0" --temp --no-lan -b 0.0.0.0:0 -n tim -p 10.9.9.9 $1 </dev/null"#;
    for (arguments, is_close) in [("-vv", true), ("-q", false)] {
        let mut command = Command::new("unshare");
        command.args(["-rn", "sh", "-c", script, env!("CARGO_BIN_EXE_chinwag"), arguments]);
        let mut tim = Program::start(&mut command);
        let mut until = |words: &str| {
            loop {
                let line = tim.err.line();
                assert!(!line.starts_with("sent ") && !line.contains("everybody"), "{line}");
                if line == words {
                    return;
                }
            }
        };
        until("10.9.9.9:7788: a route of this machine forbids sending there");
        if is_close {
            until("did not send beacon to 10.9.9.9:7788: a route of this machine forbids sending there");
        }
    }
}

#[test]
fn unicast_broadcast_and_link_local_peers_get_the_line() {
    let here = r#"for peer in 10.1.1.2 10.1.1.255 255.255.255.255 [fe80::2%v0]; do
            echo "to $peer" | "$0" plain --bind 10.1.1.1:9 $peer 2>/dev/null ||
                echo "to $peer" | "$0" plain --bind [fe80::1%v0]:9 $peer 2>/dev/null
        done"#;
    let Some(printed) = two_machines("", here) else { return };
    assert_eq!(
        printed,
        [
            "[10.1.1.1:9] to 10.1.1.2",
            "[10.1.1.1:9] to 10.1.1.255",
            "[10.1.1.1:9] to 255.255.255.255",
            "[[fe80::1%v1]:9] to [fe80::2%v0]",
        ]
    );
}

#[test]
fn a_group_hears_the_line_in_both_families_and_the_sender_does_not_hear_itself() {
    let here = r#"echo hello | "$0" plain -b 9999 -i v0 239.1.2.3:9999 [ff12::9%v0]:9999 | sed 's/^/echo: /'"#;
    let Some(printed) = two_machines("-b 9999 -i v1 239.1.2.3:9999 [ff12::9%v1]:9999", here) else { return };
    assert_eq!(printed, ["[10.1.1.1:9999] hello", "[[fe80::1%v1]:9999] hello"]);
}

#[test]
fn a_network_slower_than_the_input_slows_it_and_loses_nothing() {
    if !has("tc") {
        return;
    }
    // A send buffer that fills, and a queue of the interface that drops before it does.
    for limit in ["1mb", "5kb"] {
        let here = format!(
            r#"tc qdisc add dev v0 root tbf rate 2mbit burst 3kb limit {limit} || exit 97
            seq -f 'line %04g {}' 0 999 | "$0" plain --bind 9998 10.1.1.2:9999; echo "code $?""#,
            "x".repeat(80)
        );
        let Some(printed) = two_machines("-b 10.1.1.2:9999", &here) else { return };
        let (code, lines) = printed.split_last().expect("something is printed");
        assert_eq!((lines.len(), code.as_str()), (1000, "code 0"), "limit {limit}");
        assert!(lines.iter().enumerate().all(|(n, line)| line.contains(&format!("] line {n:04} "))), "in order, once");
    }
}
