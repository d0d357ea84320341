//! How long answers are kept and how much room they may take.

use crate::base::time::Wall;
use crate::model::options::CacheOptions;

/// An answer is as good as new for a day.
const USUAL_LIFE_MS: f64 = 24.0 * 3_600_000.0;

/// A vector does not age: a model makes the same of the same text. After three months it is not worth its room.
const VECTORS_LIFE_MS: i64 = 90 * 24 * 3_600_000;

/// Nor does a picture: the same seed makes the same.
const PICTURES_LIFE_MS: f64 = 90.0 * 24.0 * 3_600_000.0;

/// Bytes on the disk.
const USUAL_ROOM: u64 = 200_000_000;

/// Bytes in memory at most: who reopens a topic finds it there, the rest comes from the disk.
const MEMORY_ROOM: u64 = 4_000_000;

/// How old an answer is, for those who want it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// As good as new.
    Fresh,
    /// It may be given once more while it is asked for anew.
    Stale,
    /// It is of no use any more.
    Expired,
}

/// How long and how much.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    life_ms: f64,
    pictures_life_ms: f64,
    stale_ms: f64,
    /// Bytes on the disk.
    pub room: u64,
    /// Bytes of pictures and videos on the disk: a few of them weigh as much as all that was ever said.
    pub picture_room: u64,
    /// Bytes in memory.
    pub memory: u64,
}

impl Settings {
    /// By the options, where they say.
    pub fn of(options: &CacheOptions) -> Self {
        let room = options.max_bytes.unwrap_or(USUAL_ROOM);
        Self {
            life_ms: options.ttl_ms.unwrap_or(USUAL_LIFE_MS),
            pictures_life_ms: options.ttl_ms.unwrap_or(PICTURES_LIFE_MS),
            stale_ms: options.stale_while_revalidate_ms.unwrap_or(0.0),
            room,
            picture_room: room / 4 * 3,
            memory: room.min(MEMORY_ROOM),
        }
    }

    /// Whether a vector that was kept then is of no use any more.
    pub fn is_old(kept_at: Wall, now: Wall) -> bool {
        let age = now.epoch_millis().saturating_sub(kept_at.epoch_millis());
        !(0..VECTORS_LIFE_MS).contains(&age)
    }

    /// How old words that were kept then are now.
    pub fn age(&self, kept_at: Wall, now: Wall) -> Age {
        self.age_within(self.life_ms, kept_at, now)
    }

    /// How old pictures that were kept then are now.
    pub fn age_of_pictures(&self, kept_at: Wall, now: Wall) -> Age {
        self.age_within(self.pictures_life_ms, kept_at, now)
    }

    /// What comes from the future, by a clock that was set back, is not trusted.
    fn age_within(&self, life_ms: f64, kept_at: Wall, now: Wall) -> Age {
        let age = (now.epoch_millis() - kept_at.epoch_millis()) as f64;
        if age < 0.0 || age >= life_ms + self.stale_ms {
            Age::Expired
        } else if age < life_ms {
            Age::Fresh
        } else {
            Age::Stale
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_fresh_then_stale_then_gone() {
        let options =
            CacheOptions { ttl_ms: Some(1_000.0), stale_while_revalidate_ms: Some(500.0), max_bytes: None };
        let settings = Settings::of(&options);
        let then = Wall::from_epoch_millis(10_000);
        for (now, age) in [
            (10_000, Age::Fresh),
            (10_999, Age::Fresh),
            (11_000, Age::Stale),
            (11_499, Age::Stale),
            (11_500, Age::Expired),
            (9_999, Age::Expired),
        ] {
            assert_eq!(settings.age(then, Wall::from_epoch_millis(now)), age, "{now}");
        }
    }

    #[test]
    fn pictures_last_longer_unless_a_time_is_stated() {
        let then = Wall::from_epoch_millis(0);
        let month = Wall::from_epoch_millis(30 * 24 * 3_600_000);
        let usual = Settings::of(&CacheOptions::default());
        assert_eq!((usual.age(then, month), usual.age_of_pictures(then, month)), (Age::Expired, Age::Fresh));
        let stated = Settings::of(&CacheOptions { ttl_ms: Some(1_000.0), ..CacheOptions::default() });
        assert_eq!(stated.age_of_pictures(then, month), Age::Expired);
    }

    #[test]
    fn a_small_room_is_small_in_memory_too() {
        let settings = Settings::of(&CacheOptions { max_bytes: Some(1_000), ..CacheOptions::default() });
        assert_eq!((settings.room, settings.memory), (1_000, 1_000));
    }
}
