//! The prekeys in use, and when the one that is announced is to be replaced.

use std::rc::Rc;

use crate::chat::base::limits::PREKEY_AGAIN_AFTER;
use crate::chat::base::time::{Moment, Now};
use crate::chat::wire::letterbox::Letterbox;

/// What private messages are opened with.
#[derive(Debug)]
pub struct OwnPrekeys {
    letterbox: Rc<Letterbox>,
    /// When it is looked at again whether the one in use is old.
    due: Moment,
}

impl OwnPrekeys {
    /// These are in use.
    pub fn new(letterbox: Rc<Letterbox>, now: Now) -> Self {
        Self { due: now.moment.after(letterbox.due_in(now.wall)), letterbox }
    }

    /// What private messages are opened with.
    pub fn letterbox(&self) -> Rc<Letterbox> {
        Rc::clone(&self.letterbox)
    }

    /// These are in use from now on.
    pub fn replace(&mut self, letterbox: Letterbox, now: Now) {
        self.due = now.moment.after(letterbox.due_in(now.wall).max(PREKEY_AGAIN_AFTER));
        self.letterbox = Rc::new(letterbox);
    }

    /// When it is looked at again whether the one in use is old.
    pub fn deadline(&self) -> Moment {
        self.due
    }

    /// Whether the one in use is to be replaced now. It is asked for again after [`PREKEY_AGAIN_AFTER`].
    pub fn is_due(&mut self, now: Now) -> bool {
        if self.due > now.moment {
            return false;
        }
        self.due = now.moment.after(PREKEY_AGAIN_AFTER);
        self.letterbox.is_old(now.wall)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::limits::PREKEY_FOR;
    use crate::chat::base::time::{Wall, millis};

    #[test]
    fn a_prekey_is_replaced_when_it_is_a_day_old_and_asked_for_again_where_that_fails() {
        let at = |moment: Moment| Now { moment, wall: Wall(millis(moment.since(Moment::START))) };
        let mut prekeys = OwnPrekeys::new(Rc::new(Letterbox::new(&[1; 32], Wall(0))), at(Moment::START));
        let due = prekeys.deadline();
        assert_eq!(due, Moment::START.after(PREKEY_FOR));
        assert!(!prekeys.is_due(at(Moment::START)) && prekeys.is_due(at(due)) && !prekeys.is_due(at(due)));
        let again = prekeys.deadline();
        assert!(again == due.after(PREKEY_AGAIN_AFTER) && prekeys.is_due(at(again)));
        prekeys.replace(Letterbox::new(&[2; 32], at(again).wall), at(again));
        assert_eq!(prekeys.deadline(), again.after(PREKEY_FOR));
    }
}
