//! The files and folders of this machine that the user offers, as far as the session knows them.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::place::Place;
use crate::chat::api::disk::SourceId;
use crate::chat::api::requester::Requester;
use crate::chat::files::blocks::Tree;

/// What is to become of a source once it was looked at.
#[derive(Debug)]
pub struct ToOffer {
    /// Who wants it.
    pub requester: Requester,
    /// Where it is to be offered.
    pub place: Place,
}

/// One of them.
#[derive(Debug)]
pub struct OwnSource {
    pub path: String,
    /// What proves its blocks, once it was read in this session.
    pub tree: Option<Rc<Tree>>,
    /// It is being read: once is enough, however many ask for it.
    pub is_read: bool,
    /// It is to be offered then.
    pub to_offer: Option<ToOffer>,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Sources {
    all: BTreeMap<SourceId, OwnSource>,
    begun: SourceId,
}

impl Sources {
    /// One more, which is to be looked at.
    pub fn begin(&mut self, path: String, to_offer: Option<ToOffer>) -> SourceId {
        self.begun += 1;
        self.all.insert(self.begun, OwnSource { path, tree: None, is_read: to_offer.is_some(), to_offer });
        self.begun
    }

    pub fn get(&self, source: SourceId) -> Option<&OwnSource> {
        self.all.get(&source)
    }

    pub fn get_mut(&mut self, source: SourceId) -> Option<&mut OwnSource> {
        self.all.get_mut(&source)
    }

    pub fn remove(&mut self, source: SourceId) -> Option<OwnSource> {
        self.all.remove(&source)
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether something is to be offered that is still being read.
    pub fn is_reading(&self) -> bool {
        self.all.values().any(|source| source.to_offer.is_some())
    }
}
