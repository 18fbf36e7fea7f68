//! How a letter is sealed, in words.

use crate::letter::Seal;

/// What is gone through.
const WAYS: [Seal; 5] = [
    Seal { sign: false, encrypt: false, smime: false },
    Seal { sign: true, encrypt: false, smime: false },
    Seal { sign: true, encrypt: true, smime: false },
    Seal { sign: true, encrypt: false, smime: true },
    Seal { sign: true, encrypt: true, smime: true },
];

/// The next way.
pub fn next(seal: Seal) -> Seal {
    // What answers an encrypted mail is begun like this: whoever also wants it signed does not open it.
    if seal.encrypt && !seal.sign {
        return Seal { sign: true, ..seal };
    }
    let here = WAYS.iter().position(|way| *way == seal).unwrap_or(0);
    WAYS.get((here + 1) % WAYS.len()).copied().unwrap_or_default()
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
