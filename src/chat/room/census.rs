//! How much a room holds, and what passes through it.

use super::Room;
use crate::chat::base::limits::{
    ADDRESSES_MAX, AFAR_REMINDERS_MAX, AGREEMENTS_MAX, BACKLOG_BLOCK_MAX, BEGIN_TIMES_MAX, COUNTERS_MAX, DELETIONS_MAX,
    EARLIER_MAX, FORMER_TOLD_MAX, GRANTS_MAX, HANDSHAKES_AT_ONCE_MAX, NAMES_MAX, ORIGINS_MAX, PAIRS_COMPARED_MAX,
    PARTIALS_MAX, PEERS_MAX, PREKEYS_KNOWN_MAX, PRIVATE_REMEMBERED_MAX, PROBED_MAX, PROVEN_MAX, PULLERS_MAX,
    RECEIPTS_MAX, RELAYS_MAX, REMINDERS_MAX, ROOTS_KEPT, SHUNNED_MAX, SPEAKERS_MAX, UNDECIDED_MAX, WANTS_HELD_MAX,
};
use crate::chat::base::metrics::{Tally, Traffic};
use crate::chat::wire::frame::{ACKS_MAX, HEARS_MAX};

/// How many of a thing a room holds, for whoever checks the bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Which thing.
    pub what: &'static str,
    /// How many there are.
    pub held: usize,
    /// How many there may be.
    pub most: usize,
}

impl Room {
    /// How much of everything is held: a line for each container of a room and of its parts.
    pub fn census(&self) -> Vec<Count> {
        let (entries, bytes, out_of_order) = self.archive.load();
        let (authors, dropped, deletions) = self.archive.remembered();
        let (wants, claims, holders) = self.repair.len();
        let [roots, others, comparisons, pairs] = self.compare.len();
        let [proven, given, callers, strangers] = self.addresses.len();
        let (nicks, owners) = self.names.len();

        let (agreements, prekeys, answered, opened, written) = self.private.len();
        let (undecided, gone) = self.deliveries.held();
        let [partials, private_partials, backlog, shown_before] = self.timeline.len();
        let [attempts, grants, begin_times, granted] = self.begins.len();
        let bounds = &self.bounds;
        let count = |what, held, most| Count { what, held, most };
        let mut all = vec![
            count("logs", self.archive.len(), bounds.logs),
            count("entries", entries, bounds.entries),
            count("bytes", bytes, bounds.bytes),
            count("entries behind gaps", out_of_order, bounds.out_of_order),
            count("authors", authors, bounds.logs),
            count("dropped logs", dropped, bounds.dropped),
            count("deletions", deletions, DELETIONS_MAX),
            count("peers", self.presence.known(), PEERS_MAX),
            count("addresses", self.presence.addresses(), PEERS_MAX * ADDRESSES_MAX),
            count("counters", self.presence.counters(), COUNTERS_MAX),
            count("heard", self.presence.heard_most(), HEARS_MAX),
            count("nicks", nicks, 2 * NAMES_MAX),
            count("owners of nicks", owners, 2 * NAMES_MAX),
            count("proven addresses", proven, 2 * PROVEN_MAX),
            count("cookies given", given, 2 * PROVEN_MAX),
            count("callers", callers, 2 * PROVEN_MAX),
            count("strangers", strangers, 2 * SPEAKERS_MAX),
            count("wants", wants, WANTS_HELD_MAX + bounds.out_of_order),
            count("claims", claims, WANTS_HELD_MAX),
            count("holders asked", holders, 3 * (WANTS_HELD_MAX + bounds.out_of_order)),
            count("gaps", self.gaps.len(), bounds.out_of_order),
            count("roots", roots, ROOTS_KEPT),
            count("others to compare with", others, PEERS_MAX),
            count("open comparisons", comparisons, PEERS_MAX),
            count("pairs compared", pairs, PAIRS_COMPARED_MAX),
            count("ranges served", self.served.len(), 2 * SPEAKERS_MAX),
            count("acknowledged logs", self.beacons.len(), ACKS_MAX),
            count("handshakes", self.handshakes.len(), HANDSHAKES_AT_ONCE_MAX),
            count("addresses asked for an answer", self.probes.len(), PROBED_MAX),
            count("receipts", self.receipts.len(), RECEIPTS_MAX),
            count("reminders", self.reminders.len(), REMINDERS_MAX),
            count("relays", self.relays.len(), RELAYS_MAX),
            count("undecided", undecided, UNDECIDED_MAX + 200), // what one turn reads may go beyond
            count("people who left an undecided line", gone, 2 * PEERS_MAX),
            count("unconfirmed entries and private messages of former sessions", self.outbox.len(), 2 * EARLIER_MAX),
            count("messages that wait for their end", partials, PARTIALS_MAX),
            count("private messages that wait for their end", private_partials, PARTIALS_MAX),
            count("backlog", backlog, BACKLOG_BLOCK_MAX),
            count("agreements", agreements, 2 * AGREEMENTS_MAX),
            count("prekeys", prekeys, 2 * PREKEYS_KNOWN_MAX),
            count("people told that a private message is lost", answered, 2 * PREKEYS_KNOWN_MAX),
            count("private messages opened before", opened, bounds.entries),
            count("private messages of one's own", written, PRIVATE_REMEMBERED_MAX),
            count("shunned logs", self.shunned.len(), 2 * SHUNNED_MAX),
            count("people under another secret", self.superseded.len(), FORMER_TOLD_MAX),
            count("transfers asked for", attempts, PULLERS_MAX),
            count("transfers granted", grants, GRANTS_MAX + 1),
            count("times of transfers", begin_times, 2 * BEGIN_TIMES_MAX),
            count("people whom transfers were granted to", granted, 2 * BEGIN_TIMES_MAX),
            count("logs shown in part", shown_before, bounds.logs),
        ];
        all.extend(self.census_afar());
        all
    }

    /// The same of what there is of a broker.
    fn census_afar(&self) -> [Count; 5] {
        let [reminders, asked] = self.afar.len();
        let [origins, passed, to_pass] = self.passed_receipts.len();
        let count = |what, held, most| Count { what, held, most };
        [
            count("logs reminded of at a broker", reminders, AFAR_REMINDERS_MAX),
            count("ranges asked for at a broker", asked, 2 * SPEAKERS_MAX),
            count("logs that came from a broker", origins, 2 * ORIGINS_MAX),
            count("receipts that passed on", passed, 2 * ORIGINS_MAX),
            count("receipts to pass on", to_pass, RELAYS_MAX),
        ]
    }

    /// How many entries are held.
    pub fn entries_held(&self) -> usize {
        self.archive.load().0
    }

    /// How many own messages wait for a verdict.
    pub fn undecided(&self) -> usize {
        self.deliveries.len()
    }

    /// What was refused so far.
    pub fn tally(&self) -> Tally {
        self.addresses.refused()
    }

    /// What passed through it so far.
    pub fn traffic(&self) -> Traffic {
        Traffic { refused: self.addresses.refused(), ..self.outputs.traffic() }
    }
}
