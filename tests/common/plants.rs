//! Bugs to be planted in a simulated network, each in the outputs of its nodes or in the world that they live in.

use std::rc::Rc;

use chacha20poly1305::{AeadInOut, KeyInit, XChaCha20Poly1305, XNonce};
use chinwag::chat::api::event::Event;
use chinwag::chat::api::machine::{Output, To};
use chinwag::chat::api::talk::{MessageBody, Said};
use chinwag::chat::base::bounds::Bounds;
use chinwag::chat::base::time::{Stamp, Wall};
use chinwag::chat::keys::identity::Identity;
use chinwag::chat::log::records::{Memory, Shown};
use chinwag::chat::wire;
use chinwag::chat::wire::entry::{Body, Header, Text};
use chinwag::chat::wire::frame::{Beacon, Frame, Signed, Via};

use super::{Disk, World};

/// A bug that is put in on purpose, to see that the simulation finds it. It changes the outputs of nodes or the world that
/// they live in; no check reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    None,
    /// Each message is shown a second time.
    ShowTwice,
    /// Each second message is shown before the one that it follows.
    ShowOutOfOrder,
    /// A message is shown as another author's.
    ForgedAuthor,
    /// A message is shown with a text that its author never wrote.
    ForgedText,
    /// A beacon confirms what its node does not hold.
    FalseReceipt,
    /// A node sends a needless frame with each beacon.
    Chatter,
    /// A node sends each frame to plain peers, too.
    FrameToPlain,
    /// Entries leave with the next input instead of at once.
    LateLine,
    /// All datagrams are sealed with one nonce.
    ReusedNonce,
    /// A datagram is damaged before it leaves.
    Damaged,
    /// Each number of a log is signed a second time, with another text.
    SignTwice,
    /// Each beacon is signed with an earlier time than the one before.
    ClockBack,
    /// Each beacon is signed with a lower counter than the one before.
    CounterBack,
    /// Beacons are signed an hour ahead of the clock.
    ClockAhead,
    /// A node holds ten times as much as it may.
    Unbounded,
    /// Some ticks do not reach the node, so its deadline stays.
    LostTicks,
    /// The network loses all wants, so nothing is healed.
    LoseWants,
    /// The disk gives nothing back at the next start.
    Amnesia,
    /// The disk forgets up to where messages were shown.
    ShownForgotten,
    /// The disk does not write what is to be acknowledged.
    Uncommitted,
}

impl Plant {
    pub const ALL: [Self; 20] = [
        Self::ShowTwice,
        Self::ShowOutOfOrder,
        Self::ForgedAuthor,
        Self::ForgedText,
        Self::FalseReceipt,
        Self::Chatter,
        Self::FrameToPlain,
        Self::LateLine,
        Self::ReusedNonce,
        Self::Damaged,
        Self::SignTwice,
        Self::ClockBack,
        Self::CounterBack,
        Self::ClockAhead,
        Self::Unbounded,
        Self::LostTicks,
        Self::LoseWants,
        Self::Amnesia,
        Self::ShownForgotten,
        Self::Uncommitted,
    ];
}

impl World {
    /// What the disk gives back.
    pub(super) fn memory(&self, host: usize) -> Memory {
        let mut memory = self.hosts[host].disk.as_ref().map(Disk::memory).unwrap_or_default();
        match self.plant {
            Plant::Amnesia => Memory::default(),
            Plant::ShownForgotten => {
                memory.logs.iter_mut().for_each(|log| log.shown = Shown::default());
                memory
            }
            _ => memory,
        }
    }

    /// How much a node is told that it may hold.
    pub(super) fn bounds_given(&self) -> Bounds {
        let Bounds { entries, bytes, logs, dropped, out_of_order } = self.bounds;
        if self.plant == Plant::Unbounded {
            Bounds { entries: 10 * entries, bytes: 10 * bytes, logs, dropped, out_of_order }
        } else {
            self.bounds
        }
    }

    /// What comes out instead, where the planted bug is one of what nodes put out.
    pub(super) fn spoil(&mut self, host: usize, output: Output) -> Vec<Output> {
        match output {
            Output::Show(Event::Said(said)) => {
                let all = self.spoil_said(host, said);
                all.into_iter().map(|said| Output::Show(Event::Said(said))).collect()
            }
            Output::Send { to, datagram } if datagram.first() == Some(&0xff) => {
                let all = self.spoil_frame(host, to, datagram);
                all.into_iter().map(|(to, datagram)| Output::Send { to, datagram }).collect()
            }
            output => vec![output],
        }
    }

    fn spoil_said(&mut self, host: usize, mut said: Said) -> Vec<Said> {
        match self.plant {
            Plant::ShowTwice => vec![said.clone(), said],
            Plant::ShowOutOfOrder => match self.hosts[host].held_back.pop() {
                Some(Output::Show(Event::Said(before))) => vec![said, before],
                _ if said.marks.is_late => vec![said],
                _ => {
                    self.hosts[host].held_back.push(Output::Show(Event::Said(said)));
                    Vec::new()
                }
            },
            Plant::ForgedAuthor => {
                let other = self.hosts.iter().find(|other| other.author != said.who.author);
                said.who.author = other.expect("they are several").author;
                vec![said]
            }
            Plant::ForgedText => {
                if let MessageBody::Text(text) = &mut said.words {
                    text.push_str(" and so say I");
                }
                vec![said]
            }
            _ => vec![said],
        }
    }

    fn spoil_frame(&mut self, host: usize, to: To, datagram: Rc<[u8]>) -> Vec<(To, Rc<[u8]>)> {
        let mut opened = datagram.to_vec();
        match (self.plant, self.seal.open(&mut opened)) {
            (_, Err(_)) => vec![(to, datagram)],
            (Plant::FrameToPlain, Ok(_)) => {
                let plain_peers = self.hosts.iter().filter(|host| host.speaks_plain);
                let plain_peers: Vec<_> =
                    plain_peers.map(|plain_peer| (To::Address(plain_peer.address), Rc::clone(&datagram))).collect();
                [vec![(to, datagram)], plain_peers].concat()
            }
            (Plant::ReusedNonce, Ok(_)) => vec![(to, self.with_nonce(opened, [9; 24]))],
            (Plant::Damaged, Ok(_)) => {
                let mut damaged = datagram.to_vec();
                *damaged.last_mut().expect("it has a seal") ^= 1;
                vec![(to, damaged.into())]
            }
            (Plant::LateLine, Ok(Frame::Entries { .. })) => {
                self.hosts[host].held_back.push(Output::Send { to, datagram });
                Vec::new()
            }
            (Plant::SignTwice, Ok(Frame::Entries { ack, entries })) => {
                let (header, _) = wire::claimed(entries[0].bytes).expect("it was made here");
                let body = Body::Text(Text {
                    lines: vec![format!("{}-another", self.hosts[host].nick)],
                    continues: false,
                    is_auto: false,
                });
                let header = Header { kind: body.kind(), ..header };
                let identity = Identity::new(&self.hosts[host].secret);
                let again = wire::sign_entry(&identity, self.keys.id(), header, &wire::encode_body(&body));
                let entries = vec![Signed { bytes: &again.bytes, signature: again.signature }];
                let again = self.seal(&Frame::Entries { ack, entries });
                let is_own = header.author == identity.author();
                [vec![(to, datagram)], if is_own { vec![(to, again)] } else { Vec::new() }].concat()
            }
            (Plant::Chatter, Ok(Frame::Beacon { .. })) => {
                let more = self.seal(&Frame::Gone { ranges: Vec::new() });
                vec![(to, datagram), (to, more)]
            }
            (_, Ok(Frame::Beacon { via: Via::Author, beacon })) => {
                let before = wire::claimed_beacon(beacon.bytes).expect("it was made here");
                let after = self.spoil_beacon(before.clone());
                if after == before {
                    return vec![(to, datagram)];
                }
                let identity = Identity::new(&self.hosts[host].secret);
                let (bytes, signature) = wire::sign_beacon(&identity, self.keys.id(), &after);
                vec![(to, self.seal(&Frame::Beacon { via: Via::Author, beacon: Signed { bytes: &bytes, signature } }))]
            }
            _ => vec![(to, datagram)],
        }
    }

    fn spoil_beacon(&self, mut beacon: Beacon) -> Beacon {
        let wall = beacon.time.wall().0;
        match self.plant {
            Plant::ClockBack => beacon.time = Stamp::of(Wall(wall - beacon.counter * 3_600_000)),
            Plant::ClockAhead => beacon.time = Stamp::of(Wall(wall + 3_600_000)),
            Plant::CounterBack => beacon.counter = u64::from(u32::MAX) - beacon.counter,
            Plant::FalseReceipt => beacon.acks.iter_mut().for_each(|ack| ack.seq = self.said_by(ack.log)),
            _ => {}
        }
        beacon
    }

    /// An opened datagram, sealed again with this nonce.
    fn with_nonce(&self, mut opened: Vec<u8>, nonce: [u8; 24]) -> Rc<[u8]> {
        let (head, content) = opened.split_at_mut(35);
        head[11..].copy_from_slice(&nonce);
        let (content, mac) = content.split_at_mut(content.len() - 16);
        let cipher = XChaCha20Poly1305::new(self.keys.seal().into());
        let sealed = cipher.encrypt_inout_detached(&XNonce::from(nonce), &head[..11], content.into());
        mac.copy_from_slice(&sealed.expect("a frame is far below what the cipher takes"));
        opened.into()
    }
}
