//! What a session knows of files: what is offered, what it serves and what it fetches.

use super::fetches::Fetches;
use super::offers::StandingOffers;
use super::servings::Servings;
use super::sources::Sources;
use crate::chat::base::limits::OFFERS_KNOWN_MAX;
use crate::chat::base::recent::Recent;
use crate::chat::keys::identity::Author;
use crate::chat::wire::offer::OfferKey;

/// All of it.
#[derive(Debug)]
pub struct Files {
    pub offers: StandingOffers,
    pub sources: Sources,
    pub servings: Servings,
    pub fetches: Fetches,
    /// What was fetched in this session.
    pub fetched: Recent<OfferKey, ()>,
    /// Who began to fetch which of one's own offers, as was told.
    pub begun: Recent<(OfferKey, Author), bool>,
    /// Of which of one's own offers who said that all of it is there, or that it is not wanted.
    pub answered: Recent<(OfferKey, Author, bool), bool>,
}

impl Default for Files {
    fn default() -> Self {
        Self {
            offers: StandingOffers::default(),
            sources: Sources::default(),
            servings: Servings::default(),
            fetches: Fetches::default(),
            fetched: Recent::new(OFFERS_KNOWN_MAX),
            begun: Recent::new(OFFERS_KNOWN_MAX),
            answered: Recent::new(OFFERS_KNOWN_MAX),
        }
    }
}
