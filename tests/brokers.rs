//! Rooms through real brokers, mosquitto and NATS, in namespaces of the test: two offices that no route joins.
//!
//! Where root, `ip`, `nft` or a broker is missing, that is told.

mod common;

use std::collections::BTreeSet;
use std::process::Command;

use common::network::{Network, run};
use common::{Program, Scratch, has};
use serde_json::Value;

/// A broker on machine 0, and an office on each of machines 1 and 2, with a cable to it.
struct Offices {
    network: Network,
    scratch: Scratch,
    broker: Option<Program>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Plain on 1883, and with TLS, a user and a password on 8883.
    Mosquitto,
    /// Plain on 1883.
    Nats,
}

impl Offices {
    fn with(kind: Kind) -> Option<Self> {
        let program = if kind == Kind::Nats { "nats-server" } else { "mosquitto" };
        if !has(program) || !has("openssl") {
            return None;
        }
        let network = Network::of(3)?;
        network.join(1, 0, 1);
        network.join(2, 0, 2);
        let mut offices = Self { network, scratch: Scratch::new(), broker: None, kind };
        offices.prepare();
        offices.start_broker();
        Some(offices)
    }

    fn path(&self, name: &str) -> String {
        self.scratch.path().join(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.scratch.path().join(name), text).expect("there is room");
    }

    /// Certificates, passwords, an invitation, and what the broker is configured with.
    fn prepare(&self) {
        let folder = self.scratch.path().display();
        assert!(run(&format!(
            "cd {folder} && chmod 755 . &&
             openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout ca.key -out ca.pem \
                -subj /CN=ca -addext basicConstraints=critical,CA:TRUE 2>/dev/null &&
             openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr \
                -subj /CN=broker 2>/dev/null &&
             printf 'subjectAltName=IP:10.1.0.1' > san && openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key \
                -days 2 -extfile san -out server.pem 2>/dev/null && chmod 644 *.key &&
             {} invite --temp -r team --out invitation >/dev/null 2>&1",
            env!("CARGO_BIN_EXE_chinwag")
        )));
        self.write("password", "open sesame\n");
        self.write("wrong", "guessed\n");
        self.write("acl", "pattern readwrite chinwag/1/#\n");
        if self.kind == Kind::Mosquitto {
            assert!(run(&format!(
                "cd {folder} && touch passwd && chmod 600 passwd && mosquitto_passwd -b passwd alice 'open sesame' && chmod 644 passwd"
            )));
        }
        self.write(
            "mosquitto.conf",
            &format!(
                "per_listener_settings true\nlog_dest stderr\n\
                 listener 1883\nallow_anonymous true\nset_tcp_nodelay true\n\
                 listener 8883\ncertfile {folder}/server.pem\nkeyfile {folder}/server.key\nallow_anonymous false\n\
                 password_file {folder}/passwd\nacl_file {folder}/acl\nset_tcp_nodelay true\n"
            ),
        );
        self.write(
            "nats.conf",
            &format!("server_name: one\njetstream {{ store_dir: {folder}/js }}\nmqtt {{ port: 1883 }}\n"),
        );
    }

    fn start_broker(&mut self) {
        let mut command = Command::new("ip");
        let (program, config, ready) = match self.kind {
            Kind::Mosquitto => ("mosquitto", self.path("mosquitto.conf"), "running"),
            Kind::Nats => ("nats-server", self.path("nats.conf"), "Server is ready"),
        };
        command.args(["netns", "exec", &self.network.machines[0], program, "-c", &config]);
        let mut broker = Program::start(&mut command);
        while !broker.err.line().contains(ready) {}
        self.broker = Some(broker);
    }

    /// Somebody in an office, told in JSON.
    fn person(&self, office: usize, nick: &str, broker: Option<&str>) -> Program {
        self.person_with("", office, nick, broker)
    }

    /// The same, configured by the file `chinwag/config.toml` below a folder.
    fn person_with(&self, folder: &str, office: usize, nick: &str, broker: Option<&str>) -> Program {
        let mut command = Command::new("ip");
        command.env("XDG_CONFIG_HOME", self.scratch.path().join(folder));
        command.args([
            "netns",
            "exec",
            &self.network.machines[office],
            env!("CARGO_BIN_EXE_chinwag"),
            "--temp",
            "--json",
        ]);
        command.args(["--listen", "-n", nick, "--invite", &self.path("invitation")]);
        command.args(broker.iter().flat_map(|url| ["--broker", url]));
        Program::start(&mut command)
    }
}

/// The URL of the broker as an office reaches it, without TLS.
fn plain_url(office: usize) -> String {
    format!("mqtt://10.{office}.0.1")
}

fn is_peer(event: &Value, nick: &str) -> bool {
    event["type"] == "peer" && event["change"] == "joined" && event["nick"] == nick
}

fn is_carrier(event: &Value, state: &str) -> bool {
    event["type"] == "carrier" && event["state"] == state
}

/// Everybody says so many lines, one after the other, each once all others have read the one before. Says by whom each was
/// confirmed; nobody reads anything twice, or anything else.
fn talk(people: &mut [(&str, Program)], lines: usize) -> Vec<(String, Vec<String>)> {
    let mut verdicts = Vec::new();
    for number in 0..lines {
        for speaker in 0..people.len() {
            let text = format!("{} {number}", people[speaker].0);
            people[speaker].1.types(&text);
            for (_, reader) in people.iter_mut().enumerate().filter(|(at, _)| *at != speaker).map(|(_, reader)| reader)
            {
                let seen = reader.out.events_until(|event| event["type"] == "message");
                assert_eq!(seen.last().expect("it was waited for")["text"], text);
            }
            let seen = people[speaker].1.out.events_until(|event| event["type"] == "delivery");
            let by = seen.last().expect("it was waited for")["by"].as_array().expect("names").clone();
            let mut by: Vec<String> = by.iter().map(|name| name.as_str().expect("a name").to_owned()).collect();
            by.sort();
            verdicts.push((people[speaker].0.to_owned(), by));
        }
    }
    verdicts
}

fn four_who_all_hear_it(kind: Kind) {
    let Some(offices) = Offices::with(kind) else { return };
    let nicks = ["ann", "abe", "bea", "bob"];
    let mut people: Vec<(&str, Program)> = nicks
        .iter()
        .map(|&nick| {
            let office = if nick.starts_with('a') { 1 } else { 2 };
            (nick, offices.person(office, nick, Some(&plain_url(office))))
        })
        .collect();
    for (me, person) in &mut people {
        let mut lacking: BTreeSet<&str> = nicks.iter().filter(|nick| *nick != me).copied().collect();
        while !lacking.is_empty() {
            let event: Value = serde_json::from_str(&person.out.line()).expect("JSON");
            lacking.retain(|nick| !is_peer(&event, nick));
        }
    }
    for (me, by) in talk(&mut people, 20) {
        let others: Vec<&str> = ["abe", "ann", "bea", "bob"].into_iter().filter(|nick| *nick != me).collect();
        assert_eq!(by, others, "{me}");
    }
}

#[test]
fn four_people_in_two_offices_read_and_confirm_each_other_through_mosquitto() {
    four_who_all_hear_it(Kind::Mosquitto);
}

#[test]
fn four_people_in_two_offices_read_and_confirm_each_other_through_nats() {
    four_who_all_hear_it(Kind::Nats);
}

/// With TLS, a user, a password and a list of what may be listened to, as the README has it; one machine of each office.
#[test]
fn one_machine_of_each_office_is_enough() {
    let Some(offices) = Offices::with(Kind::Mosquitto) else { return };
    std::fs::create_dir_all(offices.scratch.path().join("chinwag")).expect("there is room");
    offices.write(
        "chinwag/config.toml",
        &format!(
            "[brokers.\"10.1.0.1\"]\nuser = \"alice\"\npassword_file = \"{}\"\nca = \"{}\"\n",
            offices.path("password"),
            offices.path("ca.pem")
        ),
    );
    // The certificate is for 10.1.0.1, so the second office reaches the broker by that address.
    offices.network.ip(2, "route add 10.1.0.1/32 via 10.2.0.1");
    let url = Some("mqtts://10.1.0.1");
    let mut people = vec![
        ("ann", offices.person(1, "ann", url)),
        ("bea", offices.person(2, "bea", url)),
        ("abe", offices.person(1, "abe", None)),
        ("bob", offices.person(2, "bob", None)),
    ];
    for (at, wanted) in [(0, "bea"), (1, "ann"), (2, "bea"), (3, "ann")] {
        people[at].1.out.events_until(|event| is_peer(event, wanted));
    }
    let verdicts = talk(&mut people, 10);
    let named = |me: &str, other: &str| {
        let of_me = verdicts.iter().filter(|(nick, _)| nick == me);
        of_me.filter(|(_, by)| by.iter().any(|name| name == other)).count()
    };
    assert_eq!([named("abe", "bea"), named("bob", "ann"), named("ann", "bea")], [10; 3], "who is connected confirms");
    assert!(named("abe", "bob") >= 8 && named("ann", "bob") >= 8, "as do those behind: {verdicts:?}");
}

#[test]
fn while_the_broker_is_frozen_or_gone_the_office_talks_on_and_later_all_is_there() {
    let Some(mut offices) = Offices::with(Kind::Mosquitto) else { return };
    let [one, two] = [1, 2].map(plain_url);
    let mut people = [
        ("ann", offices.person(1, "ann", Some(&one))),
        ("abe", offices.person(1, "abe", Some(&one))),
        ("bea", offices.person(2, "bea", Some(&two))),
    ];
    people[0].1.out.events_until(|event| is_peer(event, "bea"));
    people[2].1.out.events_until(|event| is_peer(event, "abe"));
    let text = |event: &Value, text: &str| event["type"] == "message" && event["text"] == text;
    offices.broker.as_ref().expect("it runs").signal("STOP");
    people[0].1.types("while it is frozen");
    people[1].1.out.events_until(|event| text(event, "while it is frozen"));
    offices.broker.as_ref().expect("it runs").signal("CONT");
    people[2].1.out.events_until(|event| text(event, "while it is frozen"));
    offices.broker = None; // killed
    people[0].1.out.events_until(|event| is_carrier(event, "down"));
    people[0].1.types("while it is gone");
    people[2].1.types("from elsewhere");
    people[1].1.out.events_until(|event| text(event, "while it is gone"));
    offices.start_broker();
    let seen = people[2].1.out.events_until(|event| text(event, "while it is gone"));
    assert!(!seen.iter().any(|event| event["change"] == "lost"), "nobody is lost for it: {seen:?}");
    let (mut seen, mut wanted) = (Vec::new(), 1);
    while wanted > 0 {
        let event: Value = serde_json::from_str(&people[0].1.out.line()).expect("JSON");
        wanted -= i32::from(text(&event, "from elsewhere"));
        seen.push(event);
    }
    assert!(!seen.iter().any(|event| event["change"] == "lost"), "{seen:?}");
}

#[test]
fn what_is_wrong_with_a_broker_is_said_in_one_sentence_and_nothing_is_sent_in_the_clear() {
    let Some(offices) = Offices::with(Kind::Mosquitto) else { return };
    let access = |password: &str, ca: &str| {
        format!("user = \"alice\"\npassword_file = \"{}\"\nca = \"{}\"\n", offices.path(password), offices.path(ca))
    };
    run(&format!("ip -n {} addr add 10.1.0.7/24 dev v1a", offices.network.machines[0]));
    let cases = [
        ("mqtts://10.1.0.1", access("wrong", "ca.pem"), "bad-login", "it wants another user or password"),
        ("mqtts://10.1.0.1", access("password", "server.pem"), "tls", "its TLS is not trusted"),
        ("mqtts://10.1.0.7", access("password", "ca.pem"), "tls", "not valid for"),
        ("mqtts://10.1.0.1:1883", access("password", "ca.pem"), "closed-in-handshake", "as a port without TLS does"),
        ("mqtt://10.1.0.1:8883", access("password", "ca.pem"), "closed", "it closed the connection"),
        ("mqtts://10.1.0.1:4444", access("password", "ca.pem"), "unreachable", "no connection (Connection refused)"),
        ("mqtts://nobody.invalid", access("password", "ca.pem"), "no-address", "its name has no address"),
        ("mqtts://10.1.0.1", access("nowhere", "ca.pem"), "local", "cannot read"),
        ("mqtts://10.1.0.1", access("password", "password"), "local", "holds no certificate"),
    ];
    let started = cases.iter().enumerate().map(|(number, (url, access, ..))| {
        let host = url.split("://").nth(1).and_then(|rest| rest.split(':').next()).expect("a host");
        std::fs::create_dir_all(offices.scratch.path().join(format!("{number}/chinwag"))).expect("there is room");
        offices.write(&format!("{number}/chinwag/config.toml"), &format!("[brokers.\"{host}\"]\n{access}"));
        offices.person_with(&number.to_string(), 1, &format!("ann{number}"), Some(url))
    });
    let started: Vec<Program> = started.collect();
    for ((url, _, kind, words), mut ann) in cases.into_iter().zip(started) {
        let seen = ann.out.events_until(|event| is_carrier(event, "down"));
        let down = seen.last().expect("it was waited for");
        assert_eq!(down["why"], kind, "{url}: {down}");
        assert!(down["text"].as_str().expect("text").contains(words), "{url}: {down}");
        ann.types("hello");
        let seen = ann.out.events_until(|event| event["type"] == "delivery");
        assert!(!seen.iter().any(|event| event["type"] == "carrier"), "once: {seen:?}");
        ann.signal("TERM");
        let all = [ann.out.rest(), ann.err.rest()].concat().join("\n");
        assert!(!all.contains("sesame") && !all.contains("guessed"), "{all}");
    }
}
