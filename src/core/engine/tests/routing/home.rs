//! What a user has at home: models, servers that run or do not, a network or none. A story asks for something there and
//! says which model it goes to, why, and why not to others.

use crate::base::time::{Monotonic, Now, Wall};
use crate::catalog::Entry;
use crate::engine::provider::Provider;
use crate::engine::{Engine, Input, Record, StoreAnswer, World};
use crate::health::Timing;
use crate::model::{
    Decision, Error, Exclusion, FactProvenance, Locality, LongPromptPrice, Modality, ModelConfig, ModelKey,
    Price, Provenance, Reason, TextRequest, ToolCall,
};

/// A model that the user has.
#[derive(Clone)]
pub(super) struct Model {
    config: ModelConfig,
    quality: Option<f64>,
}

/// A model in the page: free, 2,048 tokens, no tools.
pub(super) fn page(id: &str) -> Model {
    model("page", id, Locality::Page).holds(2_048).can("").free()
}

/// A model that Ollama has on this machine: loaded, free, 8,192 tokens, tools and JSON, as good as its size tells.
pub(super) fn local(id: &str) -> Model {
    model("ollama", id, Locality::Device).holds(8_192).can("tools json").free().warm(true)
}

/// A model on a machine in the user's network, whose server tells nothing but its name.
pub(super) fn lan(id: &str) -> Model {
    model("lan", id, Locality::Network)
}

/// A model in the cloud: 131,072 tokens, tools and JSON, 1 USD a million tokens in and 4 out, fairly good.
pub(super) fn cloud(address: &str) -> Model {
    let key = ModelKey::parse(address).expect("an address");
    model(key.provider(), key.id(), Locality::Cloud)
        .holds(131_072)
        .can("tools json")
        .costs(1.0, 4.0)
        .good(0.75)
}

fn model(provider: &str, id: &str, locality: Locality) -> Model {
    Model { config: ModelConfig::unknown(provider, id, locality), quality: None }
}

impl Model {
    /// Tokens that it holds.
    pub(super) fn holds(mut self, tokens: u64) -> Self {
        self.config.context_length = Some(tokens);
        self
    }

    /// Most tokens of one answer.
    pub(super) fn writes(mut self, tokens: u64) -> Self {
        self.config.max_output_tokens = Some(tokens);
        self
    }

    /// All it can do.
    pub(super) fn can(mut self, words: &str) -> Self {
        self.config.capabilities = words.split_whitespace().map(str::to_owned).collect();
        let capabilities = Some(Provenance::Listed);
        self.config.provenance = Some(FactProvenance { capabilities, ..self.config.provenance() });
        self
    }

    /// USD a million tokens.
    pub(super) fn costs(mut self, input: f64, output: f64) -> Self {
        self.config.price = Some(Price { input: input / 1e6, output: output / 1e6, ..Price::FREE });
        self
    }

    /// With prompts of some length.
    pub(super) fn costs_when_long(mut self, long: LongPromptPrice) -> Self {
        self.config.price = self.config.price.map(|price| Price { long_prompt: Some(long), ..price });
        self
    }

    pub(super) fn free(self) -> Self {
        self.costs(0.0, 0.0)
    }

    /// Nobody tells its price.
    pub(super) fn unpriced(mut self) -> Self {
        self.config.price = None;
        self
    }

    /// How good its answers are expected to be, 0 to 1.
    pub(super) fn good(mut self, quality: f64) -> Self {
        self.quality = Some(quality);
        self
    }

    /// Whether it is loaded.
    pub(super) fn warm(mut self, is_warm: bool) -> Self {
        self.config.warm = Some(is_warm);
        self
    }

    /// Gigabytes of its weights.
    pub(super) fn weighs(mut self, gigabytes: f64) -> Self {
        self.config.size_bytes = Some((gigabytes * 1e9) as u64);
        self
    }

    /// It makes pictures, not text.
    pub(super) fn draws(mut self) -> Self {
        self.config.modality = Modality::Image;
        self
    }

    /// Its provider says that it cannot be used.
    pub(super) fn unavailable(mut self) -> Self {
        self.config.is_available = false;
        self
    }

    /// Its provider hands what it is told on to the cloud.
    pub(super) fn handed_on(mut self) -> Self {
        self.config.locality = Some(Locality::Cloud);
        self.config.warm = None;
        self.unpriced()
    }

    pub(super) fn into_entry(self) -> Entry {
        let entry = Entry::new(self.config, None);
        match self.quality {
            Some(quality) => entry.with_quality(quality, Provenance::Snapshot),
            None => entry,
        }
    }
}

/// What a user has.
pub(super) struct Home {
    pub(super) engine: Engine,
}

const NOW: Now =
    Now { monotonic: Monotonic::new(core::time::Duration::ZERO), wall: Wall::from_epoch_millis(0) };

impl Home {
    /// These models, all of whose servers answer.
    pub(super) fn with(models: impl IntoIterator<Item = Model>) -> Self {
        let options = crate::base::json::read(br#"{"providers":{"ollama":{"disabled":true}}}"#);
        let mut engine = Engine::new(options.expect("options")).expect("an engine");
        for record in Record::ALL {
            engine.handle(Input::Store(StoreAnswer::Loaded(record, None)), NOW);
        }
        let mut models: Vec<Model> = models.into_iter().collect();
        while let Some(first) = models.first() {
            let provider = first.config.provider.clone();
            let (its, others): (Vec<Model>, Vec<Model>) =
                models.into_iter().partition(|model| model.config.provider == provider);
            models = others;
            let locality = its.iter().map(|model| model.config.locality()).min().expect("a model");
            engine.shared.providers.insert(provider.clone(), Provider::custom(&provider, locality, None));
            engine.shared.listed(&provider, its.into_iter().map(Model::into_entry).collect());
            engine.shared.answered(&provider, NOW);
        }
        Self { engine }
    }

    /// This server does not answer.
    pub(super) fn down(mut self, provider: &str) -> Self {
        self.engine.shared.unreachable(provider, Reason::new("unreachable", "It did not answer."), NOW);
        self
    }

    /// This provider answers nobody without a key, and the user gave none.
    pub(super) fn without_key(mut self, provider: &str) -> Self {
        self.engine.shared.providers.get_mut(provider).expect("a provider").needs_key = true;
        self.engine.shared.provider_changed(provider);
        self
    }

    /// There is no network.
    pub(super) fn offline(mut self) -> Self {
        self.engine.handle(Input::World(World::Offline), NOW);
        self
    }

    /// This model said so before.
    pub(super) fn said(mut self, model: &str, words: &str) -> Self {
        let key = ModelKey::parse(model).expect("an address");
        self.engine.shared.conversations.answered(words, &[] as &[ToolCall], &key);
        self
    }

    /// This model gave an answer that took this long.
    pub(super) fn measured(mut self, model: &str, first_token_ms: f64, tokens_per_second: f64) -> Self {
        let key = ModelKey::parse(model).expect("an address");
        let timing = Timing {
            first_token_ms,
            was_cold: false,
            input_tokens: 20,
            output_tokens: 101,
            writing_ms: 100_000.0 / tokens_per_second,
        };
        self.engine.shared.succeeded(&key, Some(&timing));
        self
    }

    /// The user asks for this.
    pub(super) fn asks(&self, request: &str) -> Answer {
        let request: TextRequest = crate::base::json::read(request.as_bytes()).expect("a request");
        let shared = &self.engine.shared;
        let query = shared.query(&request).expect("a whole request");
        let explanation = shared.explain(&query);
        let notes = explanation
            .scores
            .iter()
            .filter_map(|score| Some((score.model.clone(), score.note.as_ref()?.code.clone())))
            .collect();
        Answer { decision: shared.decide(&query), excluded: explanation.excluded, notes }
    }
}

/// What the mesh would do.
#[derive(Debug)]
pub(super) struct Answer {
    decision: Result<Decision, Error>,
    excluded: Vec<Exclusion>,
    notes: Vec<(String, String)>,
}

impl Answer {
    fn decision(&self) -> &Decision {
        self.decision.as_ref().unwrap_or_else(|error| panic!("{error:#?}"))
    }

    /// It goes to this model, for this reason.
    pub(super) fn goes_to(&self, model: &str, why: &str) -> &Self {
        let decision = self.decision();
        assert_eq!((decision.chain[0].as_str(), decision.why.code.as_str()), (model, why), "{self:#?}");
        assert_eq!(decision.chosen.key().to_string(), model);
        assert!(decision.why.message.ends_with('.'), "{}", decision.why.message);
        self
    }

    /// The fallbacks, in order.
    pub(super) fn then(&self, models: &[&str]) -> &Self {
        assert_eq!(self.decision().chain[1..], *models, "{self:#?}");
        self
    }

    /// It does not go to this model, for this reason.
    pub(super) fn not_to(&self, model: &str, why: &str) -> &Self {
        let found = self.excluded.iter().find(|exclusion| exclusion.model == model);
        let reason = &found.unwrap_or_else(|| panic!("{model} was not left out: {self:#?}")).reason;
        assert_eq!(reason.code, why, "{model}: {}", reason.message);
        assert!(reason.message.ends_with(['.', ')']), "{}", reason.message);
        self
    }

    /// This model could be asked, but this is held against it or for it.
    pub(super) fn notes(&self, model: &str, code: &str) -> &Self {
        let note = self.notes.iter().find(|(noted, _)| noted == model).map(|(_, code)| code.as_str());
        assert_eq!(note, Some(code), "{self:#?}");
        self
    }

    /// Its reason is put like this.
    pub(super) fn says(&self, words: &str) -> &Self {
        let message = &self.decision().why.message;
        assert!(message.contains(words), "{message}");
        self
    }

    /// Nobody can be asked; this is the hint.
    pub(super) fn goes_nowhere(&self, hint: &str) -> &Self {
        let error = self.decision.as_ref().expect_err("nobody can be asked");
        let told = error.hint.as_deref().unwrap_or_default();
        assert!(told.contains(hint), "{told}");
        self
    }

    /// Milliseconds to the first word that are expected.
    pub(super) fn first_word_after(&self) -> f64 {
        self.decision().estimate.first_token_ms
    }

    /// USD that are expected.
    pub(super) fn costs(&self) -> Option<f64> {
        self.decision().estimate.cost
    }
}

/// A field of a request to which a photo is attached.
pub(super) const PHOTO: &str = r#""files":[{"mediaType":"image/png","file":1,"bytes":90000}]"#;

/// A text of about this many tokens: the word and its space are one to every tokenizer.
pub(super) fn text(tokens: usize) -> String {
    "word ".repeat(tokens)
}
