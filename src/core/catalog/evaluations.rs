//! Written by scripts/make-quality.mjs from public evaluations of 61 models; origins and licences in pkg/NOTICE.
//! How good they are, on the scale of `super::quality`; sorted by family, generation and size or step.

/// Quality of a billion parameters where only the size is known.
pub(super) const LINE_BASE: f64 = 0.32;

/// What ten times as many parameters add there.
pub(super) const LINE_SLOPE: f64 = 0.24;

/// What they add within a family below so many billions of parameters …
pub(super) const SMALL: (f64, f64) = (10.0, 0.36);

/// … and above so many, by pairs of one generation.
pub(super) const LARGE: (f64, f64) = (30.0, 0.17);

/// What a step up a maker's ladder (mini, medium, …) adds, by makers that have two in one generation.
pub(super) const STEP: f64 = 0.071;

/// Where the scale of what was measured ends.
pub(super) const TOP: f64 = 0.97;

/// The most of its distance to 1 that a generation newer than all known ones is believed to have come.
pub(super) const MOST_GAIN: f64 = 0.3;

/// How much newer it has to be for half of that.
pub(super) const HALF_GAIN: f64 = 0.5;

/// Family, hundredths of a generation, billions of parameters, thousandths of quality.
pub(super) const SIZED: [(&str, u16, f64, u16); 37] = [
    ("gemma", 100, 7.0, 331),
    ("gemma", 200, 2.0, 257),
    ("gemma", 200, 9.0, 498),
    ("gemma", 200, 27.0, 615),
    ("llama", 100, 13.0, 37),
    ("llama", 200, 7.0, 85),
    ("llama", 200, 13.0, 158),
    ("llama", 200, 70.0, 325),
    ("llama", 300, 8.0, 425),
    ("llama", 300, 70.0, 635),
    ("llama", 310, 8.0, 589),
    ("llama", 310, 70.0, 798),
    ("llama", 310, 405.0, 863),
    ("mistral", 10, 7.0, 161),
    ("mistral", 20, 7.0, 258),
    ("mistral", 200, 12.0, 491),
    ("mistral", 200, 123.0, 839),
    ("mixtral", 10, 56.0, 457),
    ("openchat", 350, 7.0, 324),
    ("phi", 300, 3.8, 478),
    ("phi", 350, 3.8, 500),
    ("qwen", 150, 7.0, 216),
    ("qwen", 150, 72.0, 533),
    ("qwen", 150, 110.0, 564),
    ("qwen", 200, 1.5, 104),
    ("qwen", 200, 7.0, 478),
    ("qwen", 200, 72.0, 730),
    ("qwen", 250, 3.0, 495),
    ("qwen", 250, 7.0, 677),
    ("qwen", 250, 32.0, 835),
    ("qwen", 250, 72.0, 854),
    ("starling", 100, 7.0, 373),
    ("vicuna", 130, 33.0, 244),
    ("yi", 100, 6.0, 215),
    ("yi", 100, 34.0, 472),
    ("yi", 150, 9.0, 502),
    ("yi", 150, 34.0, 502),
];

/// Family, hundredths of a generation, step of the ladder, thousandths of quality.
pub(super) const LADDER: [(&str, u16, u8, u16); 24] = [
    ("claude", 100, 1, 454),
    ("claude", 100, 3, 454),
    ("claude", 200, 3, 481),
    ("claude", 300, 1, 528),
    ("claude", 300, 2, 688),
    ("claude", 300, 3, 778),
    ("claude", 350, 2, 872),
    ("command-r", 100, 3, 293),
    ("command-r", 100, 4, 497),
    ("deepseek", 200, 3, 763),
    ("deepseek", 250, 3, 761),
    ("gemini", 150, 1, 769),
    ("gemini", 150, 3, 841),
    ("gpt", 351, 3, 468),
    ("gpt", 400, 3, 744),
    ("gpt", 401, 3, 822),
    ("gpt", 405, 1, 803),
    ("gpt", 405, 3, 897),
    ("jamba", 150, 3, 569),
    ("o", 100, 1, 951),
    ("o", 100, 3, 963),
    ("reka", 100, 1, 401),
    ("reka", 100, 3, 556),
    ("yi", 100, 3, 620),
];
