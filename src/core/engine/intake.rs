//! Looks at a request before anything happens: is it whole, can everything it asks for be honoured, what does
//! it need of a model.

use super::trim;
use crate::estimate::{Family, Features, Prompt, USUAL_OUTPUT_TOKENS};
use crate::model::message::{Message, ToolChoice, ToolMode};
use crate::model::options::CacheChoice;
use crate::model::picture::{AspectRatio, TOKENS_OF_PICTURE, Workflow};
use crate::model::policy::{ContextPolicy, Fallback, Hedge};
use crate::model::request::EmbedRequest;
use crate::model::{
    Error, ErrorCode, File, Goal, ImageRequest, MeshOptions, Modality, ModelKey, Policy, PolicyInput,
    Reasoning, TextRequest, VideoRequest, Wish,
};
use crate::route::{Query, difficulty};
use crate::wire::PLACE;

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorCode::InvalidRequest, message)
}

/// Refuses options that are not built yet, by name: a budget that is ignored spends, a guard that is ignored leaks.
pub(super) fn check_options(options: &MeshOptions) -> Result<(), Error> {
    for (name, option) in
        [("budget", &options.budget), ("guard", &options.guard), ("limits", &options.limits)]
    {
        if option.is_some() {
            return Err(Error::unsupported(name));
        }
    }
    if let Some(CacheChoice::On(cache)) = &options.cache
        && [cache.ttl_ms, cache.stale_while_revalidate_ms]
            .iter()
            .flatten()
            .any(|ms| !ms.is_finite() || *ms < 0.0)
    {
        return Err(invalid("A time of `cache` is negative or not a number."));
    }
    if let Some(timeouts) = &options.timeouts {
        let limits = [timeouts.connect_ms, timeouts.first_token_ms, timeouts.idle_ms, timeouts.total_ms];
        if limits.iter().flatten().any(|ms| !ms.is_finite() || *ms <= 0.0) {
            return Err(invalid("A time-out is not a positive number of milliseconds."));
        }
    }
    options.policy.clone().map_or(Ok(()), |policy| check_policy(&policy.into()))
}

fn check_policy(policy: &Policy) -> Result<(), Error> {
    if let Some(Hedge::After { after_ms: Some(ms) }) = policy.hedge
        && (!ms.is_finite() || ms < 0.0)
    {
        return Err(invalid("`hedge.afterMs` is negative or not a number."));
    }
    let caps = [policy.max_cost, policy.max_first_token_ms, policy.max_total_ms];
    if caps.iter().flatten().any(|cap| !cap.is_finite() || *cap < 0.0) {
        return Err(invalid("A limit of the policy is negative or not a number."));
    }
    if let Some(Fallback::Models(named)) = &policy.fallback
        && named.iter().any(String::is_empty)
    {
        return Err(invalid("A fallback of the policy has no name."));
    }
    Ok(())
}

/// Refuses what is not whole or cannot be honoured.
fn check_request(request: &TextRequest) -> Result<(), Error> {
    match (&request.prompt, &request.messages) {
        (None, None) => return Err(invalid("The request has neither `prompt` nor `messages`.")),
        (Some(_), Some(_)) => return Err(invalid("The request has both `prompt` and `messages`.")),
        (Some(prompt), None) if prompt.trim().is_empty() => return Err(invalid("The prompt is empty.")),
        (None, Some(messages)) if messages.is_empty() => return Err(invalid("`messages` is empty.")),
        _ => {}
    }
    if request.schema.as_ref().is_some_and(|schema| !schema.is_object()) {
        return Err(invalid("`schema` is no JSON Schema: it has to be an object."));
    }
    if request.max_output_tokens == Some(0) {
        return Err(invalid("`maxOutputTokens` is 0: there would be no answer."));
    }
    let in_range = |value: Option<f64>, most: f64| value.is_none_or(|value| (0.0..=most).contains(&value));
    if !in_range(request.temperature, 2.0) {
        return Err(invalid("`temperature` lies outside 0 to 2."));
    }
    if !in_range(request.top_p, 1.0) {
        return Err(invalid("`topP` lies outside 0 to 1."));
    }
    let tools = request.tools.as_deref().unwrap_or_default();
    match &request.tool_choice {
        Some(ToolChoice::Named { name }) if !tools.iter().any(|tool| tool.name == *name) => {
            return Err(invalid(format!("`toolChoice` names the tool {name}, which is not in `tools`.")));
        }
        Some(ToolChoice::Mode(ToolMode::Required)) if tools.is_empty() => {
            return Err(invalid("`toolChoice` requires a tool and `tools` is empty."));
        }
        _ => {}
    }
    for message in request.messages.iter().flatten() {
        if let Message::Tool { tool_call_id, .. } = message
            && !answers_a_call(request, tool_call_id)
        {
            return Err(invalid("A tool message answers a call that no assistant message made."));
        }
    }
    Ok(())
}

fn answers_a_call(request: &TextRequest, id: &str) -> bool {
    request.messages.iter().flatten().any(|message| match message {
        Message::Assistant { tool_calls, .. } => tool_calls.iter().any(|call| call.id == id),
        _ => false,
    })
}

/// The policy of a request, or the mesh's own.
fn policy_of(own: Option<&PolicyInput>, usual: &Policy) -> Result<Policy, Error> {
    let policy = own.cloned().map_or_else(|| usual.clone(), Policy::from);
    check_policy(&policy)?;
    Ok(policy)
}

fn pinned(model: Option<&str>) -> Result<Option<ModelKey>, Error> {
    let parse = |address| {
        ModelKey::parse(address).ok_or_else(|| {
            invalid("`model` is no address.").hinted("Write provider/model, for example ollama/llama3.2.")
        })
    };
    model.map(parse).transpose()
}

/// What the files of a request ask of a model.
fn check_files(request: &TextRequest, needs: &mut Vec<&'static str>) -> Result<(), Error> {
    let conversation = request.conversation();
    let mut files = conversation.iter().flat_map(|message| message.content().files()).peekable();
    if files.peek().is_none() {
        return Ok(());
    }
    for file in files {
        let need = match file.media_type.as_str() {
            kind if kind.starts_with("image/") => "vision",
            "application/pdf" => "pdf",
            kind if kind.starts_with("audio/") => "audio",
            kind => {
                let message = format!("Files of the type {kind} cannot be sent to a model of text.");
                return Err(Error::new(ErrorCode::Unsupported, message)
                    .hinted("Send images or PDF; put text into the prompt itself."));
            }
        };
        if !needs.contains(&need) {
            needs.push(need);
        }
    }
    // Such a text would be taken for the place of a file.
    let holds_mark = |text: &str| text.contains(PLACE);
    let is_marked = conversation.iter().any(|message| holds_mark(&message.words()))
        || serde_json::to_string(&(&request.tools, &request.schema))
            .is_ok_and(|json| json.contains("\\u0001"));
    if is_marked {
        return Err(invalid(MARKED));
    }
    Ok(())
}

const MARKED: &str = "A text beside a file holds the control character U+0001.";

/// What the request asks of a model, with the mesh's own policy where it brings none.
pub(super) fn query(request: &TextRequest, usual: &Policy, is_online: bool) -> Result<Query, Error> {
    check_request(request)?;
    let policy = policy_of(request.policy.as_ref(), usual)?;
    let pinned = pinned(request.model.as_deref())?;
    let has_tools = request.tools.as_ref().is_some_and(|tools| !tools.is_empty())
        && request.tool_choice != Some(ToolChoice::Mode(ToolMode::None));
    let mut needs = Vec::new();
    if has_tools {
        needs.push("tools");
    }
    if request.reasoning.is_some_and(|reasoning| reasoning != Reasoning::Off) {
        needs.push("reasoning");
    }
    if request.schema.is_some() {
        needs.push("json");
    }
    if request.search == Some(true) {
        needs.push("search");
    }
    check_files(request, &mut needs)?;
    let last_message = request.messages.iter().flatten().last().filter(|_| request.prompt.is_none());
    let last_words = last_message.into_iter().flat_map(|message| message.content().texts());
    let last_words = request.prompt.as_deref().into_iter().chain(last_words);
    // The guard that finds private data is not built yet; until then everything under this goal is private.
    let sensitive = policy.goal.unwrap_or_default() == Goal::Privacy;
    let family_tokens = Prompt::of(request).by_family();
    let input_tokens = family_tokens.first().copied().unwrap_or_default();
    let may_trim = policy.context == Some(ContextPolicy::Trim);
    Ok(Query {
        pinned,
        modality: Modality::Text,
        needs,
        input_tokens,
        family_tokens,
        least_tokens: if may_trim { trim::least_tokens(request, input_tokens) } else { input_tokens },
        has_turns: request.messages.as_ref().is_some_and(|messages| messages.len() > 1),
        output_tokens: request.max_output_tokens.map_or(USUAL_OUTPUT_TOKENS, u64::from),
        max_output_tokens: request.max_output_tokens.map(u64::from),
        difficulty: difficulty(last_words, has_tools),
        sensitive,
        is_online,
        policy,
        ..Query::default()
    })
}

/// The largest seed that JavaScript counts exactly.
const LARGEST_SEED: u64 = (1 << 53) - 1;

/// What a request for pictures or a video asks of a model.
pub(super) fn paint_query(wish: &Wish, usual: &Policy, is_online: bool) -> Result<Query, Error> {
    match wish {
        Wish::Image(request) => image_query(request, usual, is_online),
        Wish::Video(request) => video_query(request, usual, is_online),
    }
}

/// What a request for a video asks of a model.
fn video_query(request: &VideoRequest, usual: &Policy, is_online: bool) -> Result<Query, Error> {
    if request.prompt.trim().is_empty() {
        return Err(invalid("The prompt is empty."));
    }
    if !matches!(request.aspect_ratio, None | Some(AspectRatio::Wide | AspectRatio::Tall)) {
        return Err(invalid("The `aspectRatio` of a video is 16:9 or 9:16."));
    }
    if request.seconds.is_some_and(|seconds| !(1.0..=60.0).contains(&seconds)) {
        return Err(invalid("`seconds` lies outside 1 to 60."));
    }
    check_source(request.source.as_ref(), &[Some(&request.prompt)])?;
    let policy = policy_of(request.policy.as_ref(), usual)?;
    Ok(Query {
        pinned: pinned(request.model.as_deref())?,
        modality: Modality::Video,
        input_tokens: Features::of(&request.prompt).tokens(Family::Other),
        difficulty: 1.0,
        sensitive: policy.goal == Some(Goal::Privacy),
        is_online,
        policy,
        ..Query::default()
    })
}

/// Whether it is a picture, and no text beside it would be taken for its place.
fn check_source(source: Option<&File>, texts: &[Option<&String>]) -> Result<(), Error> {
    let Some(source) = source else { return Ok(()) };
    if !source.is_image() {
        return Err(invalid("`source` is no picture."));
    }
    if texts.iter().flatten().any(|text| text.contains(PLACE)) {
        return Err(invalid(MARKED));
    }
    Ok(())
}

/// What a request for pictures asks of a model.
fn image_query(request: &ImageRequest, usual: &Policy, is_online: bool) -> Result<Query, Error> {
    if request.prompt.trim().is_empty() {
        return Err(invalid("The prompt is empty."));
    }
    let within =
        |value: Option<u32>, least: u32, most: u32| value.is_none_or(|value| (least..=most).contains(&value));
    for (name, size) in [("width", request.width), ("height", request.height)] {
        if !within(size, 16, 8_192) {
            return Err(invalid(format!("`{name}` lies outside 16 to 8192 pixels.")));
        }
    }
    if !within(request.steps, 1, 1_000) {
        return Err(invalid("`steps` lies outside 1 to 1000."));
    }
    if !within(request.count, 1, 16) {
        return Err(invalid("`count` lies outside 1 to 16."));
    }
    if request.seed.is_some_and(|seed| seed > LARGEST_SEED) {
        return Err(invalid("`seed` is larger than a number of JavaScript can be exactly: 2^53 - 1."));
    }
    check_source(request.source.as_ref(), &[Some(&request.prompt), request.negative_prompt.as_ref()])?;
    let mut needs = Vec::new();
    if request.source.is_some() {
        needs.push("image-edit");
    }
    if let Some(mask) = &request.mask {
        if request.source.is_none() {
            return Err(invalid("`mask` says where to change `source`, and there is none."));
        }
        if !mask.is_image() {
            return Err(invalid("`mask` is no picture."));
        }
        needs.push("image-mask");
    }
    if matches!(request.workflow, Some(Workflow::Own(_))) {
        needs.push("workflow");
    }
    let policy = policy_of(request.policy.as_ref(), usual)?;
    let features = Features::of(&request.prompt);
    let input_tokens = features.tokens(Family::Other);
    let pictures = u64::from(request.count.unwrap_or(1));
    Ok(Query {
        pinned: pinned(request.model.as_deref())?,
        modality: Modality::Image,
        needs,
        input_tokens,
        family_tokens: features.by_family().to_vec(),
        least_tokens: input_tokens,
        output_tokens: TOKENS_OF_PICTURE * pictures,
        // What they can do is no matter of how hard the words are.
        difficulty: 1.0,
        sensitive: policy.goal == Some(Goal::Privacy),
        is_online,
        policy,
        ..Query::default()
    })
}

/// What a request for vectors asks of a model.
pub(super) fn embed_query(request: &EmbedRequest, usual: &Policy, is_online: bool) -> Result<Query, Error> {
    if request.texts.is_empty() {
        return Err(invalid("There is no text to embed."));
    }
    if request.texts.iter().any(|text| text.trim().is_empty()) {
        return Err(invalid("One of the texts to embed is empty: it has no vector."));
    }
    let policy = policy_of(request.policy.as_ref(), usual)?;
    let (mut all, mut longest) = (Features::default(), 0);
    for text in &request.texts {
        let features = Features::of(text);
        longest = longest.max(features.tokens(Family::Other));
        all.add(&features);
    }
    let input_tokens = all.tokens(Family::Other);
    Ok(Query {
        pinned: pinned(request.model.as_deref())?,
        modality: Modality::Text,
        needs: vec!["embedding"],
        input_tokens,
        family_tokens: all.by_family().to_vec(),
        least_tokens: input_tokens,
        // All are paid for, but no two have to fit at once: a model needs room for the longest only.
        longest_tokens: Some(longest),
        output_tokens: 0,
        max_output_tokens: Some(0),
        difficulty: 0.0,
        sensitive: policy.goal == Some(Goal::Privacy),
        is_online,
        policy,
        ..Query::default()
    })
}
