//! How a letter is sealed, in words.

use crate::letter::Seal;

/// What is gone through; the first is as the config says, the last is for where that is something.
const WAYS: [Seal; 6] = [
    Seal { sign: false, encrypt: false, smime: false, plain: false },
    Seal { sign: true, encrypt: false, smime: false, plain: false },
    Seal { sign: true, encrypt: true, smime: false, plain: false },
    Seal { sign: true, encrypt: false, smime: true, plain: false },
    Seal { sign: true, encrypt: true, smime: true, plain: false },
    Seal { sign: false, encrypt: false, smime: false, plain: true },
];

/// The next way. `habits`: the config has letters sealed by itself.
pub fn next(seal: Seal, habits: bool) -> Seal {
    // What answers an encrypted mail is begun like this: whoever also wants it signed does not open it.
    if seal.encrypt && !seal.sign {
        return Seal { sign: true, ..seal };
    }
    let here = WAYS.iter().position(|way| *way == seal).unwrap_or(0);
    let count = if habits { WAYS.len() } else { WAYS.len() - 1 };
    WAYS.get((here + 1) % count).copied().unwrap_or_default()
}

/// What it is called.
pub const fn words(seal: Seal) -> &'static str {
    match (seal.sign, seal.encrypt, seal.smime) {
        (false, false, _) => "not signed",
        (true, false, false) => "sign",
        (true, true, false) => "sign + encrypt",
        (false, true, false) => "encrypt",
        (true, false, true) => "sign by S/MIME",
        (true, true, true) => "sign + encrypt by S/MIME",
        (false, true, true) => "encrypt by S/MIME",
    }
}
