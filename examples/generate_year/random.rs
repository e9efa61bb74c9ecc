//! Numbers by chance that are the same everywhere: splitmix64 (Steele, Lea, Flood 2014), integers only.

/// A stream of numbers.
pub struct Random(u64);

impl Random {
    /// A stream of its own for each part.
    pub fn new(seed: u64, part: u64) -> Random {
        let mut random = Random(seed ^ part.wrapping_mul(0x9E6C_63D0_876A_68DE));
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = (high - low).unsigned_abs() + 1;
        low + (self.next() % width) as i64
    }

    /// Whether something happens that happens so many times in a thousand.
    pub fn per_mille(&mut self, share: i64) -> bool {
        self.between(0, 999) < share
    }

    /// One of several.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        if items.is_empty() {
            return None;
        }
        items.get(self.between(0, items.len() as i64 - 1) as usize)
    }
}
