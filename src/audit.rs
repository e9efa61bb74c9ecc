//! The hash chain of a subject's records in arrival order: proves that nothing was altered or dropped.
//!
//! `link(n) = sha256(link(n-1) ‖ sha256(payload(n)))`, and `link(0) = sha256(subject)`. Only hashes of payloads enter
//! the chain, so a payload can be erased and the chain still holds.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind, Result};
use crate::lang::Message;
use crate::record::Record;

/// A SHA-256 hash; shown as 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Hash(pub [u8; 32]);

/// Where a subject's chain stands: enough to prove later that every record up to here is still what it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditHead {
    /// The subject.
    pub subject: Arc<str>,
    /// How many records it has.
    pub seq: u64,
    /// The last link of its chain.
    pub chain: Hash,
}

/// A record as the store keeps it, for verification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in arrival order, from 1.
    pub seq: u64,
    /// Its id.
    pub id: Arc<str>,
    /// Its text; `None` when it was erased.
    pub payload: Option<String>,
    /// The hash of its text, as it was kept on arrival.
    pub hash: Hash,
}

/// What verification found wrong with a subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// There are fewer records than the head tells.
    Dropped {
        /// The subject.
        subject: Arc<str>,
        /// How many the head tells.
        expected: u64,
        /// How many there are.
        found: u64,
    },
    /// The text of a record is not the one that was kept on arrival.
    Altered {
        /// The subject.
        subject: Arc<str>,
        /// The place of the record in arrival order.
        seq: u64,
        /// Its id.
        record: Arc<str>,
    },
    /// Every text fits its hash, but together they do not give the head.
    Replaced {
        /// The subject.
        subject: Arc<str>,
        /// How many records the head covers.
        seq: u64,
        /// What the head tells.
        expected: Hash,
        /// What the records give.
        found: Hash,
    },
}

/// The text of a record that is kept and hashed.
///
/// # Errors
/// A value that JSON cannot hold; no record that passed the door has one.
pub fn payload(record: &Record) -> Result<String> {
    serde_json::to_string(record).map_err(|err| {
        Error::new(ErrorKind::Malformed, format!("record `{}` cannot be written as JSON", record.id))
            .because(err)
    })
}

/// The hash of a record's text.
pub fn hash(payload: &str) -> Hash {
    Hash(Sha256::digest(payload.as_bytes()).into())
}

/// The chain of a subject before its first record.
pub fn genesis(subject: &str) -> Hash {
    hash(subject)
}

/// The chain after one more record.
pub fn link(chain: Hash, payload: Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(chain.0);
    hasher.update(payload.0);
    Hash(hasher.finalize().into())
}

/// The head of a subject, from its records in arrival order.
pub fn head(subject: &str, hashes: impl IntoIterator<Item = Hash>) -> AuditHead {
    let mut head = AuditHead { subject: subject.into(), seq: 0, chain: genesis(subject) };
    for hash in hashes {
        head.seq += 1;
        head.chain = link(head.chain, hash);
    }
    head
}

/// One hash over the heads of many subjects, which must come sorted by subject: small enough to print in a report or to lodge with a notary.
pub fn root<'a>(heads: impl IntoIterator<Item = &'a AuditHead>) -> Hash {
    let mut hasher = Sha256::new();
    for head in heads {
        hasher.update(head.subject.as_bytes());
        hasher.update([0]);
        hasher.update(head.seq.to_be_bytes());
        hasher.update(head.chain.0);
    }
    Hash(hasher.finalize().into())
}

/// Checks the records of one subject, in arrival order, against a head that was exported before; later records are checked for
/// their text alone. Empty: nothing was altered or dropped.
pub fn verify(against: &AuditHead, entries: &[Entry]) -> Vec<Finding> {
    let subject = &against.subject;
    let mut findings = Vec::new();
    for entry in entries {
        let fits = entry.payload.as_deref().is_none_or(|payload| hash(payload) == entry.hash);
        if !fits {
            findings.push(Finding::Altered {
                subject: subject.clone(),
                seq: entry.seq,
                record: entry.id.clone(),
            });
        }
    }
    let found = entries.len() as u64;
    if found < against.seq {
        findings.push(Finding::Dropped { subject: subject.clone(), expected: against.seq, found });
        return findings;
    }
    let covered = usize::try_from(against.seq).unwrap_or(usize::MAX);
    let chain = head(subject, entries.iter().take(covered).map(|entry| entry.hash)).chain;
    if chain != against.chain {
        findings.push(Finding::Replaced {
            subject: subject.clone(),
            seq: against.seq,
            expected: against.chain,
            found: chain,
        });
    }
    findings
}

impl Finding {
    /// The finding as a message.
    pub fn message(&self) -> Message {
        match self {
            Finding::Dropped { subject, expected, found } => {
                Message::new("audit-dropped", [subject.to_string(), expected.to_string(), found.to_string()])
            }
            Finding::Altered { subject, seq, record } => {
                Message::new("audit-altered", [subject.to_string(), seq.to_string(), record.to_string()])
            }
            Finding::Replaced { subject, seq, expected, found } => Message::new(
                "audit-replaced",
                [subject.to_string(), seq.to_string(), expected.to_string(), found.to_string()],
            ),
        }
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::str::FromStr for Hash {
    type Err = String;

    fn from_str(text: &str) -> Result<Hash, String> {
        let wrong = || format!("`{text}` is not a hash: 64 hexadecimal digits are expected");
        if text.len() != 64 || !text.is_ascii() {
            return Err(wrong());
        }
        let mut bytes = [0; 32];
        for (idx, byte) in bytes.iter_mut().enumerate() {
            let digits = text.get(idx * 2..idx * 2 + 2).ok_or_else(wrong)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| wrong())?;
        }
        Ok(Hash(bytes))
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Hash, D::Error> {
        let text = String::deserialize(input)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(texts: &[&str]) -> Vec<Entry> {
        texts
            .iter()
            .enumerate()
            .map(|(idx, text)| Entry {
                seq: idx as u64 + 1,
                id: format!("r{idx}").into(),
                payload: Some((*text).to_owned()),
                hash: hash(text),
            })
            .collect()
    }

    fn head_of(texts: &[&str]) -> AuditHead {
        head("chat/1", texts.iter().map(|text| hash(text)))
    }

    #[test]
    fn what_was_kept_verifies_and_what_was_touched_does_not() {
        let head = head_of(&["a", "b", "c"]);
        assert_eq!(verify(&head, &entries(&["a", "b", "c"])), []);
        assert_eq!(verify(&head, &entries(&["a", "b", "c", "later"])), [], "later records do not disturb");

        let mut erased = entries(&["a", "b", "c"]);
        erased[1].payload = None;
        assert_eq!(verify(&head, &erased), [], "an erased text keeps its hash");

        let mut altered = entries(&["a", "b", "c"]);
        altered[1].payload = Some("B".to_owned());
        assert!(matches!(verify(&head, &altered)[..], [Finding::Altered { seq: 2, .. }]));

        assert!(matches!(
            verify(&head, &entries(&["a", "b"]))[..],
            [Finding::Dropped { expected: 3, found: 2, .. }]
        ));
        assert!(matches!(verify(&head, &entries(&["a", "B", "c"]))[..], [Finding::Replaced { seq: 3, .. }]));
        assert!(matches!(verify(&head, &entries(&["b", "a", "c"]))[..], [Finding::Replaced { .. }]));
    }

    #[test]
    fn the_subject_is_part_of_the_chain() {
        let one = head("chat/1", [hash("a")]);
        let two = head("chat/2", [hash("a")]);
        assert_ne!(one.chain, two.chain);
        assert_ne!(root([&one, &two]), root([&one]));
    }

    #[test]
    fn a_hash_reads_what_it_writes() {
        let hash = hash("a");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        for wrong in ["", "ab", &"g".repeat(64), &"é".repeat(32)] {
            assert!(wrong.parse::<Hash>().is_err(), "{wrong}");
        }
    }
}
