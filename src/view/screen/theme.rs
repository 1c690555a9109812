//! Colours and signs, as the terminal can show them and the user likes them.

/// What the terminal can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// No colours: `NO_COLOR`, or a terminal without. Bold, dim and reverse stay.
    #[default]
    Monochrome,
    /// The sixteen that the terminal's own palette gives.
    Basic,
    /// The 256 of xterm.
    Indexed,
    /// Red, green and blue.
    True,
}

/// What it is shown on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Background {
    /// Light on dark.
    #[default]
    Dark,
    /// Dark on light.
    Light,
}

/// How things look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Theme {
    /// What the terminal can show.
    pub depth: Depth,
    /// What it is shown on.
    pub ground: Background,
    /// Signs beyond ASCII can be shown.
    pub has_signs: bool,
}

/// What something is, for the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// As it is.
    Text,
    /// A time that is the same as before, a mark, a notice.
    Faint,
    /// A person, by the number of its key.
    Name(u8),
    /// Oneself.
    Own,
    /// The name of a room.
    Room,
    /// What is between two people alone.
    Private,
    /// What is meant for oneself.
    Mention,
    /// Something went wrong.
    Alarm,
    /// The status row.
    Status,
    /// What in the status row wants to be seen.
    StatusAlarm,
}

/// The colours of people: distinct, and readable on their ground. As the terminal can show them: true, of 256, of 16.
type Shade = ((u8, u8, u8), u8, u8);

const ON_DARK: &[Shade] = &[
    ((255, 135, 135), 210, 91),
    ((255, 175, 95), 215, 33),
    ((215, 215, 95), 185, 93),
    ((135, 215, 95), 113, 32),
    ((95, 215, 175), 79, 92),
    ((95, 215, 255), 81, 36),
    ((135, 175, 255), 111, 94),
    ((175, 135, 255), 141, 35),
    ((255, 135, 215), 212, 95),
    ((135, 215, 215), 116, 96),
];

const ON_LIGHT: &[Shade] = &[
    ((175, 0, 0), 124, 31),
    ((175, 95, 0), 130, 33),
    ((95, 95, 0), 58, 33),
    ((0, 95, 0), 22, 32),
    ((0, 95, 95), 23, 36),
    ((0, 95, 175), 25, 34),
    ((0, 0, 175), 19, 34),
    ((95, 0, 175), 55, 35),
    ((175, 0, 135), 126, 35),
    ((135, 0, 95), 89, 31),
];

impl Theme {
    /// Writes `text` as what it is. It must be safe for a terminal already.
    pub fn paint(self, role: Role, text: &str, out: &mut String) {
        let style = self.style(role);
        if style.is_empty() || text.is_empty() {
            return out.push_str(text);
        }
        out.push_str("\x1b[");
        out.push_str(&style);
        out.push('m');
        out.push_str(text);
        out.push_str("\x1b[0m");
    }

    /// The numbers of SGR (ECMA-48, 8.3.117).
    fn style(self, role: Role) -> String {
        let shades = if self.ground == Background::Dark { ON_DARK } else { ON_LIGHT };
        let colour = |index: usize| self.colour(shades[index % shades.len()]);
        match (role, self.depth) {
            (Role::Text, _) => String::new(),
            (Role::Faint, _) => "2".to_owned(),
            (Role::Own | Role::Room, Depth::Monochrome) => "1".to_owned(),
            (Role::Name(_) | Role::Private, Depth::Monochrome) => String::new(),
            (Role::Mention | Role::Alarm, Depth::Monochrome) => "1;7".to_owned(),
            (Role::Status, _) => "7".to_owned(),
            (Role::StatusAlarm, _) => "7;1".to_owned(),
            (Role::Name(number), _) => colour(usize::from(number)),
            (Role::Own, _) => "1".to_owned(),
            (Role::Room, _) => colour(6),
            (Role::Private, _) => colour(8),
            (Role::Mention, _) => format!("1;{}", colour(1)),
            (Role::Alarm, _) => format!("1;{}", colour(0)),
        }
    }

    fn colour(self, ((red, green, blue), indexed, basic): Shade) -> String {
        match self.depth {
            Depth::Monochrome => String::new(),
            Depth::Basic => basic.to_string(),
            Depth::Indexed => format!("38;5;{indexed}"),
            Depth::True => format!("38;2;{red};{green};{blue}"),
        }
    }

    /// One of two signs, as the terminal can show them.
    pub fn sign(self, sign: &'static str, plain: &'static str) -> &'static str {
        if self.has_signs { sign } else { plain }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn painted(depth: Depth, role: Role) -> String {
        let mut out = String::new();
        Theme { depth, ..Theme::default() }.paint(role, "x", &mut out);
        out
    }

    #[test]
    fn a_colour_is_one_that_the_terminal_has() {
        assert_eq!(painted(Depth::True, Role::Name(12)), "\x1b[38;2;215;215;95mx\x1b[0m");
        assert_eq!(painted(Depth::Indexed, Role::Name(12)), "\x1b[38;5;185mx\x1b[0m");
        assert_eq!(painted(Depth::Basic, Role::Name(12)), "\x1b[93mx\x1b[0m");
        assert_eq!(painted(Depth::Monochrome, Role::Name(12)), "x");
        assert_eq!(painted(Depth::Monochrome, Role::Status), "\x1b[7mx\x1b[0m");
    }
}
