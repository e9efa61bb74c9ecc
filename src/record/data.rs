//! Named values in the order of their names.

use std::sync::Arc;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::value::Value;

/// Data of an event: name → value, each name once, in the order of the names.
///
/// An event carries few items, so they lie side by side: a tree's smallest node would be ten times as large.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Data {
    // INVARIANT: ascending by name, each name once.
    items: Vec<(Arc<str>, Value)>,
}

impl Data {
    /// No items.
    pub const fn new() -> Data {
        Data { items: Vec::new() }
    }

    /// How many items.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let place = self.place(name).ok()?;
        self.items.get(place).map(|(_, value)| value)
    }

    /// Whether a name has a value.
    pub fn contains_key(&self, name: &str) -> bool {
        self.place(name).is_ok()
    }

    /// Gives a name a value; tells the one it had before.
    pub fn insert(&mut self, name: Arc<str>, value: Value) -> Option<Value> {
        match self.place(&name) {
            Ok(place) => self.items.get_mut(place).map(|(_, known)| std::mem::replace(known, value)),
            Err(place) => {
                self.items.insert(place, (name, value));
                None
            }
        }
    }

    /// Takes a name out; tells its value.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        self.place(name).ok().map(|place| self.items.remove(place).1)
    }

    /// The items in the order of their names.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Arc<str>, &Value)> + Clone {
        self.items.iter().map(|(name, value)| (name, value))
    }

    /// The names in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &Arc<str>> + Clone {
        self.items.iter().map(|(name, _)| name)
    }

    /// The values in the order of their names.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Value> + Clone {
        self.items.iter().map(|(_, value)| value)
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.items.binary_search_by(|(known, _)| known.as_ref().cmp(name))
    }
}

impl Extend<(Arc<str>, Value)> for Data {
    fn extend<I: IntoIterator<Item = (Arc<str>, Value)>>(&mut self, items: I) {
        for (name, value) in items {
            self.insert(name, value);
        }
    }
}

/// The last value of a name counts.
impl FromIterator<(Arc<str>, Value)> for Data {
    fn from_iter<I: IntoIterator<Item = (Arc<str>, Value)>>(items: I) -> Data {
        let mut data = Data::new();
        data.extend(items);
        data
    }
}

impl<const N: usize> From<[(Arc<str>, Value); N]> for Data {
    fn from(items: [(Arc<str>, Value); N]) -> Data {
        items.into_iter().collect()
    }
}

impl IntoIterator for Data {
    type Item = (Arc<str>, Value);
    type IntoIter = std::vec::IntoIter<(Arc<str>, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<'a> IntoIterator for &'a Data {
    type Item = (&'a Arc<str>, &'a Value);
    type IntoIter = std::iter::Map<
        std::slice::Iter<'a, (Arc<str>, Value)>,
        fn(&'a (Arc<str>, Value)) -> (&'a Arc<str>, &'a Value),
    >;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter().map(|(name, value)| (name, value))
    }
}

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(Some(self.len()))?;
        for (name, value) in self {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Data, D::Error> {
        struct Items;

        impl<'de> Visitor<'de> for Items {
            type Value = Data;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a map of values")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Data, M::Error> {
                let mut data = Data::new();
                while let Some((name, value)) = map.next_entry()? {
                    data.insert(name, value);
                }
                Ok(data)
            }
        }

        input.deserialize_map(Items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_and_the_last_value_counts() {
        let items = [("b", 1), ("a", 2), ("c", 3), ("b", 4)];
        let mut data: Data = items.map(|(name, value)| (Arc::from(name), Value::from(value))).into();
        let shown = |data: &Data| -> Vec<String> {
            data.iter().map(|(name, value)| format!("{name}={value}")).collect()
        };
        assert_eq!(shown(&data), ["a=2", "b=4", "c=3"]);
        assert_eq!(data.insert("a".into(), Value::from(9)), Some(Value::from(2)));
        assert_eq!(data.remove("c"), Some(Value::from(3)));
        assert_eq!(data.remove("c"), None);
        assert_eq!(
            (shown(&data), data.get("b"), data.get("z")),
            (vec!["a=9".into(), "b=4".into()], Some(&Value::from(4)), None)
        );
        let text = serde_json::to_string(&data).unwrap();
        assert_eq!(serde_json::from_str::<Data>(&text).unwrap(), data);
    }
}
