//! What holds of every decision, whatever the models and the request.

use proptest::prelude::*;

use super::*;
use crate::model::policy::ContextPolicy;

/// Any model that could stand in a table.
fn any_row() -> impl Strategy<Value = Row> {
    let place =
        prop::sample::select(vec![Locality::Page, Locality::Device, Locality::Network, Locality::Cloud]);
    let modality =
        prop::sample::select(vec![Modality::Text, Modality::Text, Modality::Text, Modality::Image]);
    let numbers = (0_u32..5, 0_u32..8, prop::option::of(0_u32..3), 0_u32..5, prop::option::of(0_u64..3));
    let flags = (any::<bool>(), 0_u32..8, 0_u32..4);
    (0_u32..4, 0_u32..12, place, modality, numbers, flags).prop_map(
        |(
            provider,
            id,
            locality,
            modality,
            (quality, speed, price, context, most),
            (tells, words, available),
        )| {
            let all = ["tools", "vision", "embedding"];
            let words = all
                .iter()
                .enumerate()
                .filter(|(bit, word)| words >> bit & 1 == 1 && (**word != "embedding" || id == 0));
            Row {
                modality,
                capabilities: Capabilities::of_words(words.map(|(_, word)| *word)),
                tells_all_capabilities: tells,
                context_length: (context > 0).then(|| 1_000_u64 << context),
                max_output_tokens: most.map(|most| 50 << most),
                is_available: available > 0,
                ..row(
                    &format!("p{provider}/m{id}"),
                    locality,
                    f64::from(quality) / 4.0,
                    price.map(|price| f64::from(price) / 1_000.0),
                    f64::from(speed) * 2_000.0,
                )
            }
        },
    )
}

/// Any request that could be made of it.
fn any_query() -> impl Strategy<Value = Query> {
    let goals = vec![Goal::Privacy, Goal::Cost, Goal::Quality, Goal::Speed, Goal::Balanced];
    let name =
        || prop::sample::select(vec!["p0", "p1/*", "p2/m3", "p3/m1", "nobody"]).prop_map(str::to_owned);
    let list = move || prop::option::weighted(0.2, prop::collection::vec(name(), 0..3));
    let fallback = prop_oneof![
        4 => Just(None),
        1 => any::<bool>().prop_map(|is| Some(Fallback::Allowed(is))),
        1 => prop::collection::vec(name(), 0..3).prop_map(|names| Some(Fallback::Models(names))),
    ];
    let key = || {
        prop::option::weighted(0.3, (0_u32..4, 0_u32..12)).prop_map(|place| {
            place.map(|(provider, id)| ModelKey::new(format!("p{provider}"), format!("m{id}")))
        })
    };
    let caps = (
        prop::option::weighted(0.2, 0.0..0.003),
        prop::option::weighted(0.2, 0.0..20_000.0),
        prop::option::weighted(0.2, prop::sample::select(vec![Quality::Medium, Quality::High])),
        prop::option::weighted(
            0.3,
            prop::sample::select(vec![Within::Page, Within::Device, Within::Network]),
        ),
    );
    let amounts = (1_u64..20_000, 0.0..1.0, any::<bool>(), prop::option::weighted(0.2, 1_u64..300), 0_u64..5);
    (prop::sample::select(goals), (list(), list(), list()), fallback, (key(), key()), caps, amounts, 0_u32..4)
        .prop_map(
            |(
                goal,
                (allow, deny, prefer),
                fallback,
                (pinned, incumbent),
                (max_cost, max_total_ms, min_quality, stay_within),
                (input, difficulty, is_online, most, least),
                needs,
            )| Query {
                policy: Policy {
                    goal: Some(goal),
                    allow,
                    deny,
                    prefer,
                    fallback,
                    max_cost,
                    max_total_ms,
                    min_quality,
                    stay_within,
                    context: (least > 2).then_some(ContextPolicy::Trim),
                    ..Policy::default()
                },
                incumbent: if pinned.is_some() { None } else { incumbent },
                pinned,
                needs: ["tools", "vision"]
                    .into_iter()
                    .enumerate()
                    .filter(|(bit, _)| needs >> bit & 1 == 1)
                    .map(|(_, word)| word)
                    .collect(),
                input_tokens: input,
                least_tokens: input / 4,
                output_tokens: most.unwrap_or(100),
                max_output_tokens: most,
                difficulty,
                sensitive: goal == Goal::Privacy,
                is_online,
                ..Query::default()
            },
        )
}

fn any_state() -> impl Strategy<Value = (ProviderState, bool)> {
    let states = vec![ProviderState::Up, ProviderState::Up, ProviderState::Down, ProviderState::Unknown];
    (prop::sample::select(states), prop::bool::weighted(0.2))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_same_models_in_any_order_give_the_same_decision(
        rows in prop::collection::vec(any_row(), 0..30),
        states in prop::collection::vec(any_state(), 4),
        query in any_query(),
        seed in any::<u64>(),
    ) {
        let mut unique: Vec<Row> = Vec::new();
        for row in rows {
            if unique.iter().all(|other| other.key != row.key) {
                unique.push(row);
            }
        }
        let mut shuffled = unique.clone();
        shuffled.sort_by_key(|row| crate::base::hash::stable(format!("{seed}{}", row.key).as_bytes()));
        let build = |rows: &[Row]| {
            let mut table = Table::default();
            for row in rows {
                table.put(row.clone());
            }
            for (provider, (state, lacks_key)) in states.iter().enumerate() {
                table.set_provider(&format!("p{provider}"), *state, *lacks_key);
            }
            table
        };
        let (one, other) = (build(&unique), build(&shuffled));
        prop_assert_eq!(decide(&one, &query), decide(&other, &query));
        prop_assert_eq!(explain(&one, &query), explain(&other, &query));
    }

    #[test]
    fn a_decision_and_its_explanation_say_the_same(
        rows in prop::collection::vec(any_row(), 0..30),
        states in prop::collection::vec(any_state(), 4),
        query in any_query(),
    ) {
        let mut table = table_of(rows);
        for (provider, (state, lacks_key)) in states.into_iter().enumerate() {
            table.set_provider(&format!("p{provider}"), state, lacks_key);
        }
        let explanation = explain(&table, &query);
        prop_assert_eq!(explanation.scores.len() + explanation.excluded.len(), table.len());
        let Some(choice) = decide(&table, &query) else {
            prop_assert!(explanation.scores.is_empty());
            return Ok(());
        };
        let address = |row: &u32| table.key(*row).unwrap().to_string();
        let scored: Vec<&str> = explanation.scores.iter().map(|score| score.model.as_str()).collect();
        prop_assert_eq!(scored[0], address(&choice.chosen));
        prop_assert_eq!(choice.chain[0], choice.chosen);
        // Nothing that was left out is in the chain, nor anything twice.
        for (place, row) in choice.chain.iter().enumerate() {
            prop_assert!(scored.contains(&address(row).as_str()));
            prop_assert!(!choice.chain[..place].contains(row));
        }
        if query.pinned.is_none() && !matches!(query.policy.fallback, Some(Fallback::Models(_) | Fallback::Allowed(false))) {
            let chain: Vec<String> = choice.chain.iter().map(address).collect();
            prop_assert_eq!(chain, &scored[..scored.len().min(CHAIN_LENGTH)]);
            prop_assert_eq!(choice.fitting as usize, scored.len());
        }
    }

    #[test]
    fn no_decision_leaves_its_bounds(
        rows in prop::collection::vec(any_row(), 0..30),
        states in prop::collection::vec(any_state(), 4),
        query in any_query(),
    ) {
        let mut table = table_of(rows.clone());
        for (provider, (state, lacks_key)) in states.iter().enumerate() {
            table.set_provider(&format!("p{provider}"), *state, *lacks_key);
        }
        let Some(choice) = decide(&table, &query) else { return Ok(()) };
        for place in &choice.chain {
            let key = table.key(*place).unwrap();
            // The last of its address is the one that counts.
            let row = rows.iter().rfind(|row| row.key == *key).unwrap();
            let policy = &query.policy;
            prop_assert!(row.locality <= policy.farthest(query.sensitive));
            prop_assert!(query.is_online || row.locality != Locality::Cloud);
            prop_assert!(row.modality == query.modality && row.is_available);
            prop_assert!(!row.capabilities.has(Capabilities::EMBEDDING));
            let provider: usize = key.provider()[1..].parse().unwrap();
            prop_assert!(!states[provider].1, "its key is missing");
            prop_assert!(policy.min_quality.is_none_or(|least| row.grade >= least));
            prop_assert!(policy.max_cost.is_none() || row.price.is_some());
            let has = |word: &&str| row.capabilities.has(Capabilities::of_word(word).unwrap());
            let is_trusted = query.pinned.as_ref() == Some(key) && !row.tells_all_capabilities;
            prop_assert!(is_trusted || query.needs.iter().all(has));
            prop_assert!(query.max_output_tokens.zip(row.max_output_tokens).is_none_or(|(wanted, most)| wanted <= most));
            if let Some(room) = row.context_length {
                let least = if query.may_trim() { query.least_tokens } else { query.input_tokens };
                prop_assert!(least + query.max_output_tokens.unwrap_or(0) <= room);
            }
        }
    }
}
