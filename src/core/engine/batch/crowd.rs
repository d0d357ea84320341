//! What the ends of attempts say of how many requests a provider bears at once. Only of providers that batches ask, but by
//! whoever asked them.

use crate::base::time::{Monotonic, Now};
use crate::engine::shared::Shared;
use crate::health::Timing;
use crate::limits::{Answer, Bounds, Limit};
use crate::model::{Error, ErrorCode, Locality, ModelKey};

/// A service that is overloaded, by the statuses that say so.
const OVERLOADED: [u16; 2] = [503, 529];

impl Shared {
    /// How many requests a batch may have at a provider at once. While a person is answered there it gives way: at a server
    /// near by nothing more begins, in the cloud little.
    pub(super) fn room_at(&mut self, provider: &str, has_person: bool) -> u32 {
        let is_near = self.is_near(provider);
        let allowed = self.limit_of(provider).allowed();
        match (has_person, is_near) {
            (false, _) => allowed,
            (true, true) => 0,
            (true, false) => (allowed / 4).max(1),
        }
    }

    /// Something waits for nothing but the limit of this provider.
    pub(super) fn limit_reached(&mut self, provider: &str) {
        self.limit_of(provider).reached();
    }

    /// A model answered a request that left at `left`. One that had to be loaded first says nothing.
    pub(in crate::engine) fn bore(
        &mut self,
        model: &ModelKey,
        left: Monotonic,
        timing: Option<&Timing>,
        now: Now,
    ) {
        let Some(limit) = self.limits.get_mut(model.provider()) else { return };
        if let Some(timing) = timing.filter(|timing| !timing.was_cold) {
            let answer = Answer {
                first_token_ms: timing.first_token_ms,
                tokens: timing.output_tokens,
                writing_ms: timing.writing_ms,
            };
            limit.answered(left, &answer, now.monotonic);
        }
    }

    /// A request that left at `left` failed: perhaps because there were too many.
    pub(in crate::engine) fn strained(&mut self, model: &ModelKey, left: Monotonic, error: &Error, now: Now) {
        let is_too_much = match error.code {
            ErrorCode::RateLimited | ErrorCode::Timeout | ErrorCode::OutOfMemory => true,
            ErrorCode::Server => error.status.is_some_and(|status| OVERLOADED.contains(&status)),
            _ => false,
        };
        if is_too_much {
            self.crowded(model, left, now);
        }
    }

    /// A request had to wait for a connection, or its server had too many.
    pub(in crate::engine) fn crowded(&mut self, model: &ModelKey, left: Monotonic, now: Now) {
        if let Some(limit) = self.limits.get_mut(model.provider()) {
            limit.overburdened(left, now.monotonic);
        }
    }

    fn is_near(&self, provider: &str) -> bool {
        self.providers.get(provider).is_some_and(|provider| provider.locality != Locality::Cloud)
    }

    fn limit_of(&mut self, provider: &str) -> &mut Limit {
        let bounds = if self.is_near(provider) { Bounds::NEAR } else { Bounds::FAR };
        self.limits.entry(provider.to_owned()).or_insert_with(|| Limit::new(bounds))
    }
}
