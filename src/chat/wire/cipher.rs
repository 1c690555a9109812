//! Sealing in place. The only file that knows the cipher.

use chacha20::{R20, hchacha};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroizing;

/// How many bytes the nonce of a frame has.
pub(super) const NONCE: usize = 24;
/// And the tag behind what is sealed.
pub(super) const MAC: usize = 16;

/// XChaCha20-Poly1305 is ChaCha20-Poly1305 under a key that `HChaCha20` makes of the first 16 bytes of the nonce, with the
/// other 8 behind four zeros as its nonce (draft-irtf-cfrg-xchacha-03, 2.3).
fn extended(key: &[u8; 32], nonce: &[u8; NONCE]) -> (Zeroizing<[u8; 32]>, [u8; 12]) {
    let (before, behind) = nonce.split_at(16);
    let before: [u8; 16] = before.try_into().expect("16 of 24 bytes");
    let key = Zeroizing::new(<[u8; 32]>::from(hchacha::<R20>(key.into(), &before.into())));
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(behind);
    (key, nonce)
}

/// Seals in place with XChaCha20-Poly1305, and hands back the tag.
pub(super) fn seal_extended(key: &[u8; 32], nonce: &[u8; NONCE], open: &[u8], content: &mut [u8]) -> [u8; MAC] {
    let (key, nonce) = extended(key, nonce);
    seal_in_place(&key, nonce, open, content)
}

/// Opens in place what was sealed so; `None`: it was not.
pub(super) fn open_extended<'a>(
    key: &[u8; 32],
    nonce: &[u8; NONCE],
    open: &[u8],
    content: &'a mut [u8],
) -> Option<&'a [u8]> {
    let (key, nonce) = extended(key, nonce);
    open_in_place(&key, nonce, open, content)
}

/// Seals in place with ChaCha20-Poly1305 (RFC 8439), and hands back the tag.
pub(super) fn seal_in_place(key: &[u8; 32], nonce: [u8; 12], open: &[u8], content: &mut [u8]) -> [u8; MAC] {
    let nonce = Nonce::assume_unique_for_key(nonce);
    let sealed = cipher(key).seal_in_place_separate_tag(nonce, Aad::from(open), content);
    sealed.expect("a datagram is far below what the cipher takes").as_ref().try_into().expect("a tag of 16 bytes")
}

/// Opens in place what was sealed so; `None`: it was not.
pub(super) fn open_in_place<'a>(
    key: &[u8; 32],
    nonce: [u8; 12],
    open: &[u8],
    content: &'a mut [u8],
) -> Option<&'a [u8]> {
    cipher(key).open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(open), content).ok().map(|opened| &*opened)
}

fn cipher(key: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key).expect("a key of 32 bytes"))
}
