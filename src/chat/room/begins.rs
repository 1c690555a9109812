//! Which transfers are being agreed on: those that this node asks for, and those that it granted.

use std::collections::VecDeque;
use std::net::SocketAddr;

use crate::chat::base::budget::Budget;
use crate::chat::base::limits::{
    BEGIN_AGAIN, BEGIN_ANEW_AFTER, BEGIN_FOR, BEGIN_TIMES_MAX, BEGINS_OPEN_MAX, GRANT_AGAIN, GRANT_FOR, GRANTS_MAX,
    GRANTS_OF_ONE_BURST, GRANTS_OF_ONE_MAX, GRANTS_OF_ONE_RATE, GRANTS_RATE, GRANTS_TO_STRANGERS_RATE, PULLERS_MAX,
};
use crate::chat::base::recent::Recent;
use crate::chat::base::time::{Moment, Stamp};
use crate::chat::keys::exchange::{Ephemeral, EphemeralKey, MessageHash, TransferKeys};
use crate::chat::keys::identity::{Author, Run, Signature};
use crate::chat::wire::frame::Cookie;

/// Bytes and their signature.
pub type SignedMessage = (Vec<u8>, Signature);

/// What is answered to a Begin that was answered before.
#[derive(Debug, PartialEq, Eq)]
pub enum AnswerAgain {
    /// The same.
    Say(SignedMessage),
    /// Nothing: that was said a moment ago.
    NotNow,
}

/// Which fetch of this node an agreement is for.
pub type FetchNumber = u64;

/// A Begin that may still be accepted.
#[derive(Debug)]
pub struct OpenBegin {
    pub bytes: Vec<u8>,
    pub signature: Signature,
    pub hash: MessageHash,
    pub secret: Ephemeral,
}

/// What this node asks one instance for.
#[derive(Debug)]
struct Attempt {
    fetch: FetchNumber,
    holder: (Author, Run),
    to: SocketAddr,
    /// Each with another cookie and key, the oldest first: a forged Retry does not spoil the others.
    open: VecDeque<OpenBegin>,
    cookie: Cookie,
    /// When the last of them was made.
    renewed: Moment,
    /// How often the last Begin was sent.
    sent: u32,
    due: Moment,
    until: Moment,
}

/// A transfer that was granted of late: the same Begin gets the same answer.
#[derive(Debug)]
struct Grant {
    begin: MessageHash,
    bytes: Vec<u8>,
    signature: Signature,
    by: (Author, Run),
    at: SocketAddr,
    is_strange: bool,
    said: Moment,
    until: Moment,
}

/// A transfer that is granted now.
#[derive(Debug)]
pub struct Granted {
    pub begin: MessageHash,
    /// Who asked, and when, as it signed.
    pub by: (Author, Run),
    pub time: Stamp,
    pub at: SocketAddr,
    /// What is answered.
    pub accept: SignedMessage,
    pub is_strange: bool,
}

/// What is being agreed on.
#[derive(Debug)]
pub struct Begins {
    attempts: Vec<Attempt>,
    grants: VecDeque<Grant>,
    /// When each instance began last, as it signed it: what is not later is a copy.
    times: Recent<(Author, Run), Option<Stamp>>,
    granted: Budget,
    to_strangers: Budget,
    to_one: Recent<Author, GrantsOfOne>,
}

/// How often one author is granted something.
#[derive(Debug)]
struct GrantsOfOne(Budget);

impl Default for GrantsOfOne {
    fn default() -> Self {
        Self(Budget::new(GRANTS_OF_ONE_RATE, GRANTS_OF_ONE_BURST))
    }
}

impl Default for Begins {
    fn default() -> Self {
        Self {
            attempts: Vec::new(),
            grants: VecDeque::new(),
            times: Recent::new(BEGIN_TIMES_MAX),
            granted: Budget::new(GRANTS_RATE, GRANTS_RATE),
            to_strangers: Budget::new(GRANTS_TO_STRANGERS_RATE, GRANTS_TO_STRANGERS_RATE),
            to_one: Recent::new(BEGIN_TIMES_MAX),
        }
    }
}

impl Begins {
    /// How many attempts, grants, times and authors are remembered.
    pub fn len(&self) -> [usize; 4] {
        [self.attempts.len(), self.grants.len(), self.times.len(), self.to_one.len()]
    }

    /// An instance is asked from now on. Before, nothing else was for this fetch.
    pub fn attempt(
        &mut self,
        fetch: FetchNumber,
        holder: (Author, Run),
        (to, cookie): (SocketAddr, Cookie),
        begin: OpenBegin,
        now: Moment,
    ) {
        self.forget(fetch);
        if self.attempts.len() < PULLERS_MAX {
            let (due, until) = (now.after(BEGIN_AGAIN), now.after(BEGIN_FOR));
            let open = VecDeque::from([begin]);
            self.attempts.push(Attempt { fetch, holder, to, open, cookie, renewed: now, sent: 1, due, until });
        }
    }

    /// Whoever is at `from` gave a cookie: whom to begin anew with, where that is another one than the last. Others can send
    /// such cookies, too, before the right one comes and after it: so one is taken every now and then, whichever comes, and
    /// the last few Begins stay open.
    pub fn wants_anew(&self, from: SocketAddr, cookie: Cookie, now: Moment) -> Option<(Author, Run)> {
        let attempt = self.attempts.iter().find(|attempt| attempt.to == from && attempt.cookie != cookie)?;
        (attempt.open.len() == 1 || now.since(attempt.renewed) >= BEGIN_ANEW_AFTER).then_some(attempt.holder)
    }

    /// Another Begin was sent there, with this cookie.
    pub fn begun_anew(&mut self, to: SocketAddr, cookie: Cookie, begin: OpenBegin, now: Moment) {
        if let Some(attempt) = self.attempts.iter_mut().find(|attempt| attempt.to == to) {
            attempt.open.push_back(begin);
            if attempt.open.len() > BEGINS_OPEN_MAX {
                attempt.open.pop_front();
            }
            (attempt.cookie, attempt.renewed) = (cookie, now);
            (attempt.sent, attempt.due) = (1, now.after(BEGIN_AGAIN));
        }
    }

    /// What is to be said again now, and where; and which attempts have failed.
    pub fn take_due(&mut self, now: Moment) -> (Vec<(SocketAddr, SignedMessage)>, Vec<FetchNumber>) {
        let (mut again, mut failed) = (Vec::new(), Vec::new());
        self.attempts.retain_mut(|attempt| {
            if attempt.until <= now {
                failed.push(attempt.fetch);
                return false;
            }
            if attempt.due <= now {
                again.extend(attempt.open.iter().map(|open| (attempt.to, (open.bytes.clone(), open.signature))));
                attempt.due = now.after(BEGIN_AGAIN * 2_u32.saturating_pow(attempt.sent));
                attempt.sent += 1;
            }
            true
        });
        self.grants.retain(|grant| grant.until > now);
        (again, failed)
    }

    /// When something is to be said again, or has failed.
    pub fn deadline(&self) -> Option<Moment> {
        self.attempts.iter().map(|attempt| attempt.due.min(attempt.until)).min()
    }

    /// It is not wanted any more.
    pub fn forget(&mut self, fetch: FetchNumber) {
        self.attempts.retain(|attempt| attempt.fetch != fetch);
    }

    /// Who has to have signed an Accept of this Begin.
    pub fn holder_of(&self, begin: MessageHash) -> Option<Author> {
        self.open(begin).map(|(attempt, _)| attempt.holder.0)
    }

    /// The transfer that an Accept gives, whose signature was right. All other secrets of the attempt are forgotten.
    pub fn accepted(
        &mut self,
        begin: MessageHash,
        key: EphemeralKey,
        accept: MessageHash,
    ) -> Option<(FetchNumber, SocketAddr, TransferKeys)> {
        let (attempt, open) = self.open(begin)?;
        let keys = open.secret.keys(key, begin, accept)?;
        let (fetch, to) = (attempt.fetch, attempt.to);
        self.forget(fetch);
        Some((fetch, to, keys))
    }

    fn open(&self, begin: MessageHash) -> Option<(&Attempt, &OpenBegin)> {
        let all = self.attempts.iter().flat_map(|attempt| attempt.open.iter().map(move |open| (attempt, open)));
        all.into_iter().find(|(_, open)| open.hash == begin)
    }

    /// What is answered to the very same Begin; `None`: it was not answered before.
    pub fn answered(&mut self, begin: MessageHash, from: SocketAddr, now: Moment) -> Option<AnswerAgain> {
        let is_it = |grant: &&mut Grant| (grant.begin, grant.at) == (begin, from) && grant.until > now;
        let grant = self.grants.iter_mut().find(is_it)?;
        let may = now.since(grant.said) >= GRANT_AGAIN;
        if may {
            grant.said = now;
        }
        Some(if may { AnswerAgain::Say((grant.bytes.clone(), grant.signature)) } else { AnswerAgain::NotNow })
    }

    /// Whether this Begin is later than all others of its instance.
    pub fn is_later(&self, by: (Author, Run), time: Stamp) -> bool {
        self.times.get(&by).is_none_or(|&last| Some(time) > last)
    }

    /// Whether one more may be granted to this author, at this address. Nothing is counted yet: its signature may be wrong.
    pub fn may_grant(&mut self, to: (Author, Run), at: SocketAddr, is_strange: bool, now: Moment) -> bool {
        self.grants.retain(|grant| grant.until > now);
        let count = |is: &dyn Fn(&Grant) -> bool| self.grants.iter().filter(|grant| is(grant)).count();
        let is_full = self.grants.len() >= GRANTS_MAX
            || is_strange && count(&|grant| grant.is_strange) >= GRANTS_MAX / 4
            || count(&|grant| grant.at.ip() == at.ip()) >= GRANTS_MAX / 4 && !at.ip().is_loopback();
        let replaces = count(&|grant| grant.by == to) >= GRANTS_OF_ONE_MAX;
        (!is_full || replaces)
            && (!is_strange || self.to_strangers.has(now))
            && self.to_one.entry(to.0).0.has(now)
            && self.granted.has(now)
    }

    /// It was granted. Of an instance only the last few are answered again.
    pub fn grant(&mut self, granted: Granted, now: Moment) {
        let Granted { begin, by, time, at, accept: (bytes, signature), is_strange } = granted;
        *self.times.entry(by) = Some(time);
        self.granted.take(now);
        self.to_one.entry(by.0).0.take(now);
        if is_strange {
            self.to_strangers.take(now);
        }
        while self.grants.iter().filter(|grant| grant.by == by).count() >= GRANTS_OF_ONE_MAX
            && let Some(oldest) = self.grants.iter().position(|grant| grant.by == by)
        {
            self.grants.remove(oldest);
        }
        let until = now.after(GRANT_FOR);
        self.grants.push_back(Grant { begin, bytes, signature, by, at, is_strange, said: now, until });
    }
}
