// Written by scripts/make-catalogue.mjs from public catalogues of models; see NOTICE.

/** What was known of hosted models on the day it says. Prices in USD. Read by `src/core/catalog/snapshot.rs`. */
export const catalogue: string = `hkm-mesh catalogue 1
taken 2026-11-10
from @earendil-works/pi-ai 1.5.2, @pydantic/genai-prices 0.1.8, @tanstack/ai-openrouter 0.19.6
=gemini
gemini-2.5-flash|Gemini 2.5 Flash|vtrjs|1048576|65536|0.3 2.5 c0.03
gemini-2.5-flash-lite|Gemini 2.5 Flash-Lite|vtrjs|1048576|65536|0.1 0.4 c0.01
gemini-2.5-pro|Gemini 2.5 Pro|vtrjs|1048576|65536|1.25 10 c0.125 + >200000 2.5 15 c0.25
gemini-3-flash-preview|Gemini 3 Flash Preview|vtrjs|1048576|65536|0.5 3 c0.05
gemini-3-pro-image|Gemini 3 Pro Image (Nano Banana Pro)|Ie|65536|32768|2 12 i0.1344 +
gemini-3.1-flash-image|Gemini 3.1 Flash Image (Nano Banana 2)|Ie|131072|32768|0.5 3 i0.0672 +
gemini-3.1-flash-lite|Gemini 3.1 Flash Lite|vtrjs|1048576|65536|0.25 1.5 c0.025
gemini-3.1-flash-lite-image|Gemini 3.1 Flash Lite Image (Nano Banana 2 Lite)|Ie|65536|4096|0.25 1.5 i0.0336
gemini-3.1-flash-lite-preview|Gemini 3.1 Flash Lite Preview|vtrjs|1048576|65536|0.25 1.5 c0.025
gemini-3.1-pro-preview|Gemini 3.1 Pro Preview|vtrjs|1048576|65536|2 12 c0.2 + >200000 4 18 c0.4
gemini-3.1-pro-preview-customtools|Gemini 3.1 Pro Preview Custom Tools|vtrjs|1048576|65536|2 12 c0.2 + >200000 4 18 c0.4
gemini-3.5-flash|Gemini 3.5 Flash|vtrjs|1048576|65536|1.5 9 c0.15
gemini-3.5-flash-lite|Gemini 3.5 Flash Lite|vtrjs|1048576|65536|0.3 2.5 c0.03
gemini-3.6-flash|Gemini 3.6 Flash|vtrjs|1048576|65536|0.75 3.75 c0.075 +
gemini-3.7-flash|Gemini 3.7 Flash|vtrjs|1048576|65536|0.75 3.75 c0.075 +
gemini-3.8-flash|Gemini 3.8 Flash|vtrjs|1048576|65536|0.75 3.75 c0.075 +
gemini-4-argon|Gemini 4 Argon|vtrjs|1048576|32768|2 10 c0.1
gemini-embedding-001|Gemini Embedding 001|b|2048||0.15 0
gemini-embedding-2|Gemini Embedding 2|b|8192||0.2 0
gemini-flash-latest|Gemini Flash Latest|vtrjs|1048576|65536|1.5 9 c0.15 +
gemini-flash-lite-latest|Gemini Flash-Lite Latest|vtrjs|1048576|65536|0.25 1.5 c0.025 +
gemini-pro-latest|Gemini Pro Latest|vtrjs|1048576|65536|2 12 c0.2 + >200000 4 18 c0.4
gemini-robotics-er-2-preview|Gemini Robotics-ER 2 Preview|vtrjs|131072|65536|1 5 c0.1
gemma-4-26b-a4b-it|Gemma 4 26B A4B IT|vtr|262144|32768|0 0
gemma-4-31b-it|Gemma 4 31B IT|vtr|262144|32768|0 0
=huggingface
MiniMaxAI/MiniMax-M1-80k|MiniMax M1 80K|tr|1000000
MiniMaxAI/MiniMax-M2|MiniMax-M2|tr|204800
MiniMaxAI/MiniMax-M2.1|MiniMax-M2.1|tr|204800
Qwen/Qwen2.5-Coder-32B-Instruct|Qwen2.5-Coder-32B-Instruct|t|131072
Qwen/Qwen3-235B-A22B|Qwen3 235B-A22B|tr|40960
Qwen/Qwen3-235B-A22B-Instruct-2507|Qwen3 235B-A22B Instruct 2507|t|262144
Qwen/Qwen3-8B|Qwen3 8B|tr|40960
Qwen/Qwen3-Coder-480B-A35B-Instruct|Qwen3-Coder-480B-A35B-Instruct|t|262144
Qwen/Qwen3-VL-235B-A22B-Thinking|Qwen3 VL 235B A22B Thinking|vtr|131072
deepseek-ai/DeepSeek-R1|DeepSeek-R1|tr|64000
deepseek-ai/DeepSeek-V3|DeepSeek-V3|t|64000
deepseek-ai/DeepSeek-V3-0324|DeepSeek V3 0324|t|163840
deepseek-ai/DeepSeek-V3.1|DeepSeek-V3.1|tr|131072
google/gemma-3-4b-it|Gemma 3 4B IT|vt|131072
moonshotai/Kimi-K2-Instruct|Kimi-K2-Instruct|t|131072
moonshotai/Kimi-K2-Instruct-0905|Kimi-K2-Instruct-0905|t|262144
zai-org/GLM-4.6V-Flash|GLM-4.6V-Flash|vtr|131072
=openrouter
aion-labs/aion-2.0|AionLabs: Aion-2.0|trs|131072|32768|0.8 1.6 c0.2
aion-labs/aion-3.0|AionLabs: Aion-3.0|trs|131072|32768|3 6 c0.75
aion-labs/aion-3.0-mini|AionLabs: Aion-3.0-Mini|trs|131072|32768|0.7 1.4 c0.18
aion-labs/aion-3.5|AionLabs: Aion 3.5|trs|262144|32768|3 6 c0.75
aion-labs/aion-3.5-mini|AionLabs: Aion 3.5 Mini|trs|262144|32768|0.7 1.4 c0.18
alibaba/happyhorse-1.0|Alibaba: HappyHorse 1.0|V
alibaba/happyhorse-1.1|Alibaba: HappyHorse 1.1|V
alibaba/wan-2.6|Alibaba: Wan 2.6|V
alibaba/wan-2.7|Alibaba: Wan 2.7|V
alibaba/wan-3.0|Alibaba: Wan 3.0|V
alibaba/wan-3.0-prime|Alibaba: Wan 3.0 Prime|V
amazon/nova-2-lite-v1|Amazon: Nova 2 Lite|vtrs|1000000|65535|0.3 2.5
amazon/nova-lite-v1|Amazon: Nova Lite 1.0|vts|300000|5120|0.06 0.24
amazon/nova-micro-v1|Amazon: Nova Micro 1.0|ts|128000|5120|0.035 0.14
amazon/nova-premier-v1|Amazon: Nova Premier 1.0|vts|1000000|32000|2.5 12.5 c0.625
amazon/nova-pro-v1|Amazon: Nova Pro 1.0|vts|300000|5120|0.8 3.2
anthropic/claude-fable-5|Anthropic: Claude Fable 5|vtrjs|1000000|128000|10 50 c1
anthropic/claude-fable-5.1|Anthropic: Claude Fable 5.1|vtrs|1000000|128000|10 50 c0.25
anthropic/claude-fable-5.2|Anthropic: Claude Fable 5.2|vtrs|1000000|128000|8 40 c0.2
anthropic/claude-haiku-4.5|Anthropic: Claude Haiku 4.5|vtrjs|200000|64000|1 5 c0.1
anthropic/claude-haiku-5.5|Anthropic: Claude Haiku 5.5|vtrs|1000000|128000|0.1 0.5 c0.01 + >100000 0.5 2.5 c0.05
anthropic/claude-opus-4.1|Anthropic: Claude Opus 4.1|vtrs|200000|32000|15 75 c1.5
anthropic/claude-opus-4.5|Anthropic: Claude Opus 4.5|vtrjs|200000|64000|5 25 c0.5
anthropic/claude-opus-4.6|Anthropic: Claude Opus 4.6|vtrjs|1000000|128000|5 25 c0.5
anthropic/claude-opus-4.7|Anthropic: Claude Opus 4.7|vtrjs|1000000|128000|5 25 c0.5
anthropic/claude-opus-4.8|Anthropic: Claude Opus 4.8|vtrjs|1000000|128000|5 25 c0.5
anthropic/claude-opus-5|Anthropic: Claude Opus 5|vtrjs|1000000|128000|5 25 c0.5
anthropic/claude-opus-5.5|Anthropic: Claude Opus 5.5|vtrs|1000000|128000|4 20 c0.2
anthropic/claude-sonnet-4.5|Anthropic: Claude Sonnet 4.5|vtrjs|1000000|64000|3 15 c0.3 + >200000 6 22.5 c0.6
anthropic/claude-sonnet-4.6|Anthropic: Claude Sonnet 4.6|vtrjs|1000000|128000|3 15 c0.3
anthropic/claude-sonnet-5|Anthropic: Claude Sonnet 5|vtrjs|1000000|128000|2 10 c0.2
anthropic/claude-sonnet-5.5|Anthropic: Claude Sonnet 5.5|vtrs|1000000|128000|2 10 c0.1
black-forest-labs/flux-3-image|Black Forest Labs: FLUX 3 Image|Ie
black-forest-labs/flux-3-image-klein|Black Forest Labs: FLUX 3 Image Klein|Ie
black-forest-labs/flux-3-video|Black Forest Labs: FLUX.3 Video|V
black-forest-labs/flux-video-upscale|Black Forest Labs: FLUX Video Upscale|V
black-forest-labs/flux.2-flex|Black Forest Labs: FLUX.2 Flex|Ie
black-forest-labs/flux.2-klein-4b|Black Forest Labs: FLUX.2 Klein 4B|Ie
black-forest-labs/flux.2-max|Black Forest Labs: FLUX.2 Max|Ie
black-forest-labs/flux.2-pro|Black Forest Labs: FLUX.2 Pro|Ie
bytedance-seed/seed-1.6|ByteDance Seed: Seed 1.6|vtrjs|262144|32768|0.25 2 + >128000 0.5 4
bytedance-seed/seed-1.6-flash|ByteDance Seed: Seed 1.6 Flash|vtrjs|262144|32768|0.075 0.3 + >128000 0.1 0.8
bytedance-seed/seed-2-1-turbo|ByteDance Seed: Seed 2.1 Turbo|vtrjs|262144|235929|0.5 2.5
bytedance-seed/seed-2.0-code|ByteDance Seed: Seed-2.0-Code|vtrjs|262144|131072|0.5 3 + >128000 1 6
bytedance-seed/seed-2.0-lite|ByteDance Seed: Seed-2.0-Lite|vtrjs|262144|131072|0.25 2 + >128000 0.5 4
bytedance-seed/seed-2.0-mini|ByteDance Seed: Seed-2.0-Mini|vtrjs|262144|131072|0.1 0.4 + >128000 0.2 0.8
bytedance-seed/seedream-4.5|ByteDance Seed: Seedream 4.5|Ie
bytedance-seed/seedream-5-0-flash|ByteDance Seed: Seedream 5.0 Flash|Ie
bytedance-seed/seedream-5-0-lite|ByteDance Seed: Seedream 5.0 Lite|Ie
bytedance-seed/seedream-5-0-pro|ByteDance Seed: Seedream 5.0 Pro|Ie
bytedance/seedance-1-5-pro|ByteDance: Seedance 1.5 Pro|V
bytedance/seedance-2.0|ByteDance: Seedance 2.0|V
bytedance/seedance-2.0-fast|ByteDance: Seedance 2.0 Fast|V
bytedance/seedance-2.0-mini|ByteDance: Seedance 2.0 Mini|V
bytedance/seedance-2.5|ByteDance: Seedance 2.5|V
cohere/command-a|Cohere: Command A|ts|256000|8192|2.5 10
cohere/command-a-plus|Cohere: Command A+|vtrs|192000|64000|0.3 1.5 c0.15
cohere/command-r-08-2024|Cohere: Command R (08-2024)|tjs|128000|4000|0.15 0.6
cohere/command-r-plus-08-2024|Cohere: Command R+ (08-2024)|tjs|128000|4000|2.5 10
cohere/command-r7b-12-2024|Cohere: Command R7B (12-2024)|ts|128000|4000|0.0375 0.15
cohere/north-mini-code:free|Cohere: North Mini Code (free)|trs|256000|64000|0 0
deepseek/deepseek-chat|DeepSeek: DeepSeek V3|tjs|163840|16384|0.32 0.89
deepseek/deepseek-chat-v3-0324|DeepSeek: DeepSeek V3 0324|tjs|128000|115200|0.29 1.14 c0.11
deepseek/deepseek-chat-v3.1|DeepSeek: DeepSeek V3.1|trjs|163840|147456|0.25 0.95 c0.13
deepseek/deepseek-r1-0528|DeepSeek: R1 0528|trjs|163840|32768|0.5 2.15 c0.35
deepseek/deepseek-v3.1-terminus|DeepSeek: DeepSeek V3.1 Terminus|trjs|163840|147456|0.27 1
deepseek/deepseek-v3.2|DeepSeek: DeepSeek V3.2|trjs|163840|147456|0.26 0.38 c0.13
deepseek/deepseek-v3.2-exp|DeepSeek: DeepSeek V3.2 Exp|trjs|163840|147456|0.27 0.41
deepseek/deepseek-v4-flash|DeepSeek: DeepSeek V4 Flash 0423|trjs|1048575|943717|0.091 0.182 c0.0182
deepseek/deepseek-v4-flash-0731|DeepSeek: DeepSeek V4 Flash 0731|trjs|1048576|943718|0.0434 0.3 c0.035
deepseek/deepseek-v4-flash-vision-exp|DeepSeek: DeepSeek V4 Flash Vision Exp|vtrs|1048575|943717|0.44 1.32 c0.014
deepseek/deepseek-v4-pro|DeepSeek: DeepSeek V4 Pro 0423|trjs|1024000|384000|0.95526 1.91052 c0.079605
deepseek/deepseek-v4-pro-0813|DeepSeek: DeepSeek V4 Pro 0813|trjs|1048576|943718|0.111 4.44 c0.097
deepseek/deepseek-v4.1-flash|DeepSeek: DeepSeek V4.1 Flash|vtrs|1048576|943718|0.006 0.5 c0.005
deepseek/deepseek-v4.1-flash-1017|DeepSeek: DeepSeek V4.1 Flash 1017|vtrs|1048576|943718|0.006 0.5 c0.005
dots-studio/dots-3-note-preview:free|Dots Studio: Dots3-Note Preview (free)|vtrjs|512000|460800|0 0
elorian/glimpse|Elorian: Glimpse|vtrs|262144|256000|0.6 3 c0.06
fireworks/ember-1|Fireworks: Ember-1|vtrs|1048576|943718|3 15 c0.3
google/gemini-2.5-flash|Google: Gemini 2.5 Flash|vtrjs|1048576|65535|0.3 2.5 c0.03
google/gemini-2.5-flash-image|Google: Nano Banana (Gemini 2.5 Flash Image)|Ie
google/gemini-2.5-flash-lite|Google: Gemini 2.5 Flash Lite|vtrjs|1048576|65535|0.1 0.4 c0.01
google/gemini-2.5-pro|Google: Gemini 2.5 Pro|vtrjs|1048576|65536|1.25 10 c0.125 + >200000 2.5 15 c0.25
google/gemini-2.5-pro-preview|Google: Gemini 2.5 Pro Preview 06-05|vtrjs|1048576|65536|1.25 10 c0.125 + >200000 2.5 15 c0.25
google/gemini-3-flash-preview|Google: Gemini 3 Flash Preview|vtrjs|1048576|65536|0.5 3 c0.05
google/gemini-3-pro-image|Google: Nano Banana Pro (Gemini 3 Pro Image)|Ie
google/gemini-3-pro-image-preview|Google: Nano Banana Pro (Gemini 3 Pro Image Preview)|Ie
google/gemini-3.1-flash-image|Google: Nano Banana 2 (Gemini 3.1 Flash Image)|Ie
google/gemini-3.1-flash-image-preview|Google: Nano Banana 2 (Gemini 3.1 Flash Image Preview)|Ie
google/gemini-3.1-flash-lite|Google: Gemini 3.1 Flash Lite|vtrjs|1048576|65536|0.25 1.5 c0.025
google/gemini-3.1-flash-lite-image|Google: Nano Banana 2 Lite (Gemini 3.1 Flash Lite Image)|Ie
google/gemini-3.1-flash-lite-preview|Google: Gemini 3.1 Flash Lite Preview|vtrjs|1048576|65536|0.25 1.5 c0.025
google/gemini-3.1-pro-preview|Google: Gemini 3.1 Pro Preview|vtrjs|1048576|65536|2 12 c0.2 + >200000 4 18 c0.4
google/gemini-3.1-pro-preview-customtools|Google: Gemini 3.1 Pro Preview Custom Tools|vtrjs|1048576|65536|2 12 c0.2 + >200000 4 18 c0.4
google/gemini-3.5-flash|Google: Gemini 3.5 Flash|vtrjs|1048576|65536|1.5 9 c0.15
google/gemini-3.5-flash-lite|Google: Gemini 3.5 Flash Lite|vtrjs|1048576|65536|0.3 2.5 c0.03
google/gemini-3.6-flash|Google: Gemini 3.6 Flash|vtrjs|1048576|65536|0.75 3.75 c0.075
google/gemini-3.7-flash|Google: Gemini 3.7 Flash|vtrjs|1048576|65536|0.75 3.75 c0.075
google/gemini-3.8-flash|Google: Gemini 3.8 Flash|vtrs|1048576|65536|0.825 4.125 c0.0825
google/gemini-4-argon|Google: Gemini 4 Argon|vtrs|1048576|943718|2 10 c0.1
google/gemini-nano-banana-2.1|Google: Nano Banana 2.1|Ie
google/gemma-3-12b-it|Google: Gemma 3 12B|vtjs|131072|16384|0.05 0.15
google/gemma-3-27b-it|Google: Gemma 3 27B|vtjs|131072|117964|0.08 0.45 c0.04
google/gemma-4-26b-a4b-it|Google: Gemma 4 26B A4B|vtrjs|256000|128000|0.08 0.1 c0.046
google/gemma-4-26b-a4b-it:free|Google: Gemma 4 26B A4B (free)|vtrs|262144|32768|0 0
google/gemma-4-31b-it|Google: Gemma 4 31B|vtrjs|262144|16384|0.2 0.4
google/gemma-4-31b-it:free|Google: Gemma 4 31B (free)|vtrs|262144|32768|0 0
google/veo-3.1|Google: Veo 3.1|V
google/veo-3.1-fast|Google: Veo 3.1 Fast|V
google/veo-3.1-lite|Google: Veo 3.1 Lite|V
heygen/avatar-iv|HeyGen: Avatar IV|V
ibm-granite/granite-4.2-8b|IBM: Granite 4.2 8B|trs|131072|117964|0.06 0.25 c0.015
inclusionai/ling-3.0-flash|inclusionAI: Ling 3.0 Flash|trs|262144|32768|0.021 0.063 c0.0042
inclusionai/ling-3.0-flash-vl|inclusionAI: Ling 3.0 Flash VL|vtrs|131072|32768|0.06 0.18 c0.012
inclusionai/ling-3.0-tiny|inclusionAI: Ling 3.0 Tiny|trs|262144|250000|0.015 0.045 c0.003
inclusionai/ling-3.1-flash|inclusionAI: Ling 3.1 Flash|trs|1000000|262144|0.045 0.135 c0.009
krea/k3-edit|Krea: K3 Edit|Ie
krea/krea-2-large|Krea: Krea 2 Large|Ie
krea/krea-2-medium|Krea: Krea 2 Medium|Ie
krea/krea-2-medium-turbo|Krea: Krea 2 Medium Turbo|Ie
kwaivgi/kling-v3.0-pro|Kling: Video v3.0 Pro|V
kwaivgi/kling-v3.0-std|Kling: Video v3.0 Standard|V
kwaivgi/kling-video-o1|Kling: Video O1|V
liquid/lfm-2.5-2.6b|LiquidAI: LFM2.5-2.6B|trs|128000|8192|0.35 0.5 c0.04
liquid/lfm-2.5-2.6b:free|LiquidAI: LFM2.5-2.6B (free)|trjs|65536|8192|0 0
liquid/lfm-2.5-24b-a2b|LiquidAI: LFM2.5-24B-A2B|trs|128000|8192|0.05 0.7 c0.025
liquid/lfm-3-1.7b|LiquidAI: LFM3-1.7B|trs|262144|8192|0.08 0.2 c0.02
liquid/lfm-3-1.7b:free|LiquidAI: LFM3-1.7B (free)|trs|262144|8192|0 0
meituan/longcat-2.0|Meituan: LongCat 2.0|trs|1048756|262144|0.3 1.2 c0.006
meta-llama/llama-3.1-8b-instruct|Meta: Llama 3.1 8B Instruct|tjs|131072|16384|0.02 0.04
meta-llama/llama-3.3-70b-instruct|Meta: Llama 3.3 70B Instruct|tjs|128000|115200|0.71 0.71 c0.71
meta-llama/llama-4-maverick|Meta: Llama 4 Maverick|vtjs|524288|32768|0.35 1 c0.17
meta-llama/llama-4-scout|Meta: Llama 4 Scout|vtjs|327680|16384|0.1 0.3
meta/muse-ember|Meta: Muse Ember|vtrs|1048576|943718|0.1 0.5 c0.004
meta/muse-glimmer-30b|Meta: Muse Glimmer 30B|vtrjs|131072|16384|0.3 1.2 c0.04
meta/muse-image|Meta: Muse Image|Ie
meta/muse-spark-1.1|Meta: Muse Spark 1.1|vtrjs|1048576|943718|1.25 4.25 c0.15
meta/muse-spark-1.2|Meta: Muse Spark 1.2|vtrjs|1048576|943718|1.25 4.25 c0.15
meta/muse-spark-1.2-contributor|Meta: Muse Spark 1.2 Contributor|vtrjs|1048576|943718|0.1 0.2 c0.002
meta/muse-spark-1.3|Meta: Muse Spark 1.3|vtrs|1048576|943718|1.25 4.25 c0.15
meta/muse-spark-1.3-contributor|Meta: Muse Spark 1.3 Contributor|vtrs|1048576|943718|0.1 0.2 c0.002
meta/muse-spark-open|Meta: Muse Spark Open|vtrs|1048576|131072|1.25 4.25 c0.15
meta/muse-wonder|Meta: Muse Wonder|vtrs|1048576|943718|4 20 c0.2
microsoft/mai-image-2.5|Microsoft AI: MAI-Image-2.5|Ie
microsoft/mai-image-2.5-pro|Microsoft AI: MAI-Image-2.5 Pro|Ie
microsoft/mai-image-2.6|Microsoft AI: MAI-Image-2.6|Ie
microsoft/mai-image-2.6-flash|Microsoft AI: MAI-Image-2.6 Flash|Ie
minimax/hailuo-2.3|MiniMax: Hailuo 2.3|V
minimax/hailuo-3|MiniMax: H3|V
minimax/minimax-m2.5|MiniMax: MiniMax M2.5|trjs|65536|58982|0.3 1.2 c0.06
minimax/minimax-m2.7|MiniMax: MiniMax M2.7|trjs|196608|176947|0.21 0.84 c0.042
minimax/minimax-m3|MiniMax: MiniMax M3|vtrjs|524288|512000|0.3 1.2 c0.06
minimax/minimax-m3.1-flash|MiniMax: MiniMax M3.1 Flash|vtrs|1048576|524288|0.15 0.6 c0.015
mistralai/codestral-2508|Mistral: Codestral 2508|tjs|256000|204800|0.3 0.9 c0.03
mistralai/devstral-2512|Mistral: Devstral 2 2512|tjs|262144|209715|0.4 2 c0.04
mistralai/ministral-14b-2512|Mistral: Ministral 3 14B 2512|vtjs|262144|209715|0.2 0.2 c0.02
mistralai/ministral-3b-2512|Mistral: Ministral 3 3B 2512|vtjs|131072|104857|0.1 0.1 c0.01
mistralai/ministral-8b-2512|Mistral: Ministral 3 8B 2512|vtjs|262144|209715|0.15 0.15 c0.015
mistralai/mistral-large|Mistral Large|tjs|128000|102400|2 6 c0.2
mistralai/mistral-large-2407|Mistral Large 2407|tjs|131072|104857|2 6 c0.2
mistralai/mistral-large-2512|Mistral: Mistral Large 3 2512|vtjs|262144|209715|0.5 1.5 c0.05
mistralai/mistral-large-4-0|Mistral: Mistral Large 4|vtrs|1048576|262144|0.7 2.1 c0.07
mistralai/mistral-medium-3|Mistral: Mistral Medium 3|vtjs|131072|104857|0.4 2 c0.04
mistralai/mistral-medium-3-5|Mistral: Mistral Medium 3.5|vtrjs|262144|209715|1.5 7.5
mistralai/mistral-medium-3.1|Mistral: Mistral Medium 3.1|vtjs|131072|104857|0.4 2 c0.04
mistralai/mistral-nemo|Mistral: Mistral Nemo|tjs|131072|16384|0.029 0.03
mistralai/mistral-saba|Mistral: Saba|tjs|32768|26214|0.2 0.6 c0.02
mistralai/mistral-small-2603|Mistral: Mistral Small 4|vtrjs|262144|209715|0.15 0.6 c0.015
mistralai/mistral-small-3.1-24b-instruct|Mistral: Mistral Small 3.1 24B|vts|128000|102400|0.351 0.555
mistralai/mistral-small-3.2-24b-instruct|Mistral: Mistral Small 3.2 24B|vtjs|32768|26214|0.1 0.3 c0.01
mistralai/mixtral-8x22b-instruct|Mistral: Mixtral 8x22B Instruct|tjs|65536|52428|2 6 c0.2
mistralai/voxtral-small-24b-2507|Mistral: Voxtral Small 24B 2507|tjs|32768|26214|0.1 0.3 c0.01
moonshotai/kimi-k2|MoonshotAI: Kimi K2 0711|ts|131072|98304|0.57 2.3
moonshotai/kimi-k2-0905|MoonshotAI: Kimi K2 0905|tjs|262144|98304|0.6 2.5
moonshotai/kimi-k2-thinking|MoonshotAI: Kimi K2 Thinking|trjs|262144|98304|0.6 2.5 c0.15
moonshotai/kimi-k2.5|MoonshotAI: Kimi K2.5|vtrjs|256000||0.41 2.06 c0.07
moonshotai/kimi-k2.6|MoonshotAI: Kimi K2.6|vtrjs|262144|235929|0.65 3.41 c0.15
moonshotai/kimi-k2.7-code|MoonshotAI: Kimi K2.7 Code|vtrjs|262144|235929|0.6 3.5 c0.16
moonshotai/kimi-k3|MoonshotAI: Kimi K3|vtrjs|1048576|131072|0.192 16 c0.182
moonshotai/kimi-k3.1-pro|MoonshotAI: Kimi K3.1 Pro|vtrs|1048576|131072|2 10 c0.2
nex-agi/nex-n2.5-pro|Nex AGI: Nex-N2.5-Pro|vtrs|262144|235929|0.075 0.25 c0.015
nex-agi/nex-n2.6|Nex AGI: Nex-N2.6|vtrs|262144|235929|0.12 0.4 c0.024
nvidia/nemotron-3-nano-30b-a3b|NVIDIA: Nemotron 3 Nano 30B A3B|trjs|262144|235929|0.06 0.24 c0.012
nvidia/nemotron-3-nano-omni-30b-a3b-reasoning:free|NVIDIA: Nemotron 3 Nano Omni (free)|vtrs|256000|65536|0 0
nvidia/nemotron-3-super-120b-a12b|NVIDIA: Nemotron 3 Super|trjs|262144|16384|0.075 0.4
nvidia/nemotron-3-ultra-550b-a55b|NVIDIA: Nemotron 3 Ultra|trjs|202800|182520|0.6 2.4 c0.12
nvidia/nemotron-3-ultra-550b-a55b:free|NVIDIA: Nemotron 3 Ultra (free)|trs|1000000|65536|0 0
nvidia/nemotron-3.5-lightning|NVIDIA: Nemotron 3.5 Lightning|trjs|262144|235929|0.07 0.2 c0.04
nvidia/nemotron-3.5-lightning:free|NVIDIA: Nemotron 3.5 Lightning (free)|trs|1000000|65536|0 0
nvidia/nemotron-3.5-super-vl|NVIDIA: Nemotron 3.5 Super VL|vtrs|1048576|943718|0.15 0.47 c0.02
nvidia/nemotron-3.5-super-vl:free|NVIDIA: Nemotron 3.5 Super VL (free)|vtrs|1000000|131072|0 0
openai/gpt-3.5-turbo-0613|OpenAI: GPT-3.5 Turbo (older v0613)|tjs|4095|3685|1 2
openai/gpt-3.5-turbo-16k|OpenAI: GPT-3.5 Turbo 16k|tjs|16385|4096|3 4
openai/gpt-4|OpenAI: GPT-4|tjs|8191|4096|30 60
openai/gpt-4.1|OpenAI: GPT-4.1|vtjs|1047576|32768|2 8 c0.5
openai/gpt-4.1-mini|OpenAI: GPT-4.1 Mini|vtjs|1047576|32768|0.4 1.6 c0.1
openai/gpt-4.1-nano|OpenAI: GPT-4.1 Nano|vtjs|1047576|942818|0.1 0.4 c0.03
openai/gpt-4o|OpenAI: GPT-4o|vtjs|128000|16384|2.5 10 c1.25
openai/gpt-4o-2024-05-13|OpenAI: GPT-4o (2024-05-13)|vtjs|128000|4096|5 15
openai/gpt-4o-2024-08-06|OpenAI: GPT-4o (2024-08-06)|vtjs|128000|16384|2.5 10 c1.25
openai/gpt-4o-2024-11-20|OpenAI: GPT-4o (2024-11-20)|vtjs|128000|16384|2.5 10 c1.25
openai/gpt-4o-mini|OpenAI: GPT-4o-mini|vtjs|128000|16384|0.15 0.6 c0.075
openai/gpt-4o-mini-2024-07-18|OpenAI: GPT-4o-mini (2024-07-18)|vtjs|128000|16384|0.15 0.6 c0.075
openai/gpt-5|OpenAI: GPT-5|vtrjs|400000|128000|1.25 10 c0.125
openai/gpt-5-image|OpenAI: GPT-5 Image|Ie
openai/gpt-5-image-mini|OpenAI: GPT-5 Image Mini|Ie
openai/gpt-5-mini|OpenAI: GPT-5 Mini|vtrjs|400000|128000|0.25 2 c0.025
openai/gpt-5-nano|OpenAI: GPT-5 Nano|vtrjs|400000|128000|0.05 0.4 c0.005
openai/gpt-5-pro|OpenAI: GPT-5 Pro|vtrjs|400000|128000|15 120
openai/gpt-5.1|OpenAI: GPT-5.1|vtrjs|400000|128000|1.25 10 c0.125
openai/gpt-5.1-codex|OpenAI: GPT-5.1-Codex|vtrjs|400000|128000|1.25 10 c0.13
openai/gpt-5.1-codex-max|OpenAI: GPT-5.1-Codex-Max|vtrjs|400000|128000|1.25 10 c0.125
openai/gpt-5.1-codex-mini|OpenAI: GPT-5.1-Codex-Mini|vtrjs|400000|128000|0.25 2 c0.03
openai/gpt-5.2|OpenAI: GPT-5.2|vtrjs|400000|128000|1.75 14 c0.175
openai/gpt-5.2-chat|OpenAI: GPT-5.2 Chat|vtjs|128000|32000|1.75 14 c0.175
openai/gpt-5.2-codex|OpenAI: GPT-5.2-Codex|vtrjs|400000|128000|1.75 14 c0.175
openai/gpt-5.2-pro|OpenAI: GPT-5.2 Pro|vtrjs|400000|128000|21 168
openai/gpt-5.3-codex|OpenAI: GPT-5.3-Codex|vtrjs|400000|128000|1.75 14 c0.175
openai/gpt-5.4|OpenAI: GPT-5.4|vtrjs|1050000|128000|2.5 15 c0.25 + >272000 5 22.5 c0.5
openai/gpt-5.4-image-2|OpenAI: GPT-5.4 Image 2|Ie
openai/gpt-5.4-mini|OpenAI: GPT-5.4 Mini|vtrjs|400000|128000|0.75 4.5 c0.075
openai/gpt-5.4-nano|OpenAI: GPT-5.4 Nano|vtrjs|400000|128000|0.2 1.25 c0.02
openai/gpt-5.4-pro|OpenAI: GPT-5.4 Pro|vtrjs|1050000|128000|30 180 + >272000 60 270
openai/gpt-5.5|OpenAI: GPT-5.5|vtrjs|1050000|128000|5 30 c0.5 + >272000 10 45 c1
openai/gpt-5.5-pro|OpenAI: GPT-5.5 Pro|vtrjs|1050000|128000|30 180 + >272000 60 270
openai/gpt-5.6-luna|OpenAI: GPT-5.6 Luna|vtrjs|1050000|128000|0.2 1.2 c0.02 + >272000 0.4 1.8 c0.04
openai/gpt-5.6-luna-pro|OpenAI: GPT-5.6 Luna Pro|vtrjs|1050000|128000|0.2 1.2 c0.02 + >272000 0.4 1.8 c0.04
openai/gpt-5.6-sol|OpenAI: GPT-5.6 Sol|vtrjs|1050000|128000|4 20 c0.4 + >272000 8 30 c0.8
openai/gpt-5.6-sol-pro|OpenAI: GPT-5.6 Sol Pro|vtrjs|1050000|128000|4 20 c0.4 + >272000 8 30 c0.8
openai/gpt-5.6-terra|OpenAI: GPT-5.6 Terra|vtrjs|1050000|128000|2 12 c0.2 + >272000 4 18 c0.4
openai/gpt-5.6-terra-pro|OpenAI: GPT-5.6 Terra Pro|vtrjs|1050000|128000|2 12 c0.2 + >272000 4 18 c0.4
openai/gpt-6-astra|OpenAI: GPT-6 Astra|vtrs|1050000|128000|10 50 c1 + >272000 20 75 c2
openai/gpt-6-astra-pro|OpenAI: GPT-6 Astra Pro|vtrs|1050000|128000|10 50 c1 + >272000 20 75 c2
openai/gpt-6-luna|OpenAI: GPT-6 Luna|vtrs|1050000|128000|0.1 0.5 c0.01 + >272000 0.2 0.75 c0.02
openai/gpt-6-luna-pro|OpenAI: GPT-6 Luna Pro|vtrs|1050000|128000|0.1 0.5 c0.01 + >272000 0.2 0.75 c0.02
openai/gpt-6-sol|OpenAI: GPT-6 Sol|vtrs|1050000|128000|2 10 c0.2 + >272000 4 15 c0.4
openai/gpt-6-sol-pro|OpenAI: GPT-6 Sol Pro|vtrs|1050000|128000|2 10 c0.2 + >272000 4 15 c0.4
openai/gpt-6.1-sol|OpenAI: GPT-6.1 Sol|vtrs|1050000|128000|2 10 c0.1 + >272000 4 15 c0.2
openai/gpt-6.1-sol-pro|OpenAI: GPT-6.1 Sol Pro|vtrs|1050000|128000|2 10 c0.1 + >272000 4 15 c0.2
openai/gpt-6.1-terra|OpenAI: GPT-6.1 Terra|vtrs|1050000|128000|1 5 c0.05 + >272000 2 7.5 c0.1
openai/gpt-6.1-terra-pro|OpenAI: GPT-6.1 Terra Pro|vtrs|1050000|128000|1 5 c0.05 + >272000 2 7.5 c0.1
openai/gpt-audio|OpenAI: GPT Audio|tjs|128000|16384|2.5 10
openai/gpt-audio-mini|OpenAI: GPT Audio Mini|tjs|128000|16384|0.6 2.4
openai/gpt-chat-latest|OpenAI: GPT Chat Latest|vtjs|400000|128000|5 30 c0.5 +
openai/gpt-image-1|OpenAI: GPT Image 1|Ie
openai/gpt-image-1-mini|OpenAI: GPT Image 1 Mini|Ie
openai/gpt-image-2|OpenAI: GPT Image 2|Ie
openai/gpt-image-2.5-flare|OpenAI: GPT Image 2.5 Flare|Ie
openai/gpt-image-2.5-sunburst|OpenAI: GPT Image 2.5 Sunburst|Ie
openai/gpt-image-2.6-flare|OpenAI: GPT Image 2.6 Flare|Ie
openai/gpt-image-2.6-sunburst|OpenAI: GPT Image 2.6 Sunburst|Ie
openai/gpt-oss-120b|OpenAI: gpt-oss-120b|trjs|131072|65536|0.15 0.6 c0.075
openai/gpt-oss-20b|OpenAI: gpt-oss-20b|trjs|131072|117964|0.03 0.13 c0.03
openai/gpt-oss-safeguard-20b|OpenAI: gpt-oss-safeguard-20b|trjs|131072|65536|0.075 0.3 c0.0375
openai/o3|OpenAI: o3|vtrjs|200000|100000|2 8 c0.5
openai/o3-pro|OpenAI: o3 Pro|vtrjs|200000|100000|20 80
openai/sora-2-pro|OpenAI: Sora 2 Pro|V
openrouter/auto|Auto Router|vtrs|2000000
openrouter/auto-beta|Auto Router (Beta)|vtrs|2000000|64000
openrouter/auto-code|Auto Code|vtrs|2000000|64000
openrouter/free|Free Models Router|vtrs|200000
openrouter/fusion|OpenRouter: Fusion|trs|1000000|30000
openrouter/pareto-code|Pareto Code Router|trs|2000000
particle-ai/particle-1|Particle AI: Particle-1|vtrs|1048576|131072|0.05 0.5 c0.003
perceptron/perceptron-mk1.5|Perceptron: Perceptron Mk1.5|vtrs|36864|8192|0.15 1.5
prism-ml/ternary-bonsai-2-27b|PrismML: Ternary Bonsai 2 27B|vtrs|262144|32768|0.075 0.5 c0.0375
prism-ml/ternary-bonsai-2-9b|PrismML: Ternary Bonsai 2 9B|vtrs|262144|65536|0.08 0.13 c0.04
qwen/qwen-2.5-72b-instruct|Qwen2.5 72B Instruct|tjs|32768|16384|0.36 0.4
qwen/qwen-2.5-7b-instruct|Qwen: Qwen2.5 7B Instruct|tjs|32768|29491|0.1 0.2
qwen/qwen-image-2.1-pro|Qwen: Qwen Image 2.1 Pro|Ie
qwen/qwen-image-2.1-turbo|Qwen: Qwen Image 2.1 Turbo|Ie
qwen/qwen-image-3|Qwen: Qwen Image 3|Ie
qwen/qwen-image-3-pro|Qwen: Qwen Image 3 Pro|Ie
qwen/qwen-plus|Qwen: Qwen-Plus|tjs|1000000|32768|0.26 0.78 c0.052 + >256000 0.78 2.34 c0.156
qwen/qwen3-14b|Qwen: Qwen3 14B|trjs|40960|36864|0.1 0.22
qwen/qwen3-235b-a22b-2507|Qwen: Qwen3 235B A22B Instruct 2507|tjs|131072|117964|0.14 0.8 c0.05
qwen/qwen3-235b-a22b-thinking-2507|Qwen: Qwen3 235B A22B Thinking 2507|trs|128000|16384|0.45 3.5
qwen/qwen3-30b-a3b|Qwen: Qwen3 30B A3B|trs|40960|16384|0.12 0.5
qwen/qwen3-30b-a3b-instruct-2507|Qwen: Qwen3 30B A3B Instruct 2507|tjs|262144|235929|0.1 0.3 c0.1
qwen/qwen3-32b|Qwen: Qwen3 32B|trjs|40960|16384|0.08 0.28
qwen/qwen3-coder|Qwen: Qwen3 Coder 480B A35B|tjs|262144|65536|0.3 1 c0.1
qwen/qwen3-coder-30b-a3b-instruct|Qwen: Qwen3 Coder 30B A3B Instruct|tjs|262144|235929|0.15 0.6
qwen/qwen3-coder-flash|Qwen: Qwen3 Coder Flash|ts|1000000|65536|0.195 0.975 c0.039 + >32000 0.52 2.6 c0.104
qwen/qwen3-coder-next|Qwen: Qwen3 Coder Next|tjs|262144|235929|0.12 0.8 c0.07
qwen/qwen3-next-80b-a3b-instruct|Qwen: Qwen3 Next 80B A3B Instruct|tjs|262144|16384|0.09 1.1
qwen/qwen3-vl-235b-a22b-instruct|Qwen: Qwen3 VL 235B A22B Instruct|vtjs|131072|32768|0.21 1.9 c0.1
qwen/qwen3-vl-30b-a3b-instruct|Qwen: Qwen3 VL 30B A3B Instruct|vtjs|262144|16384|0.15 0.6
qwen/qwen3-vl-30b-a3b-thinking|Qwen: Qwen3 VL 30B A3B Thinking|vtrjs|262144|235929|0.29 1
qwen/qwen3-vl-8b-instruct|Qwen: Qwen3 VL 8B Instruct|vtjs|262144|235929|0.25 0.75 c0.12
qwen/qwen3.5-122b-a10b|Qwen: Qwen3.5-122B-A10B|vtrjs|262144|65536|0.26 2.08
qwen/qwen3.5-27b|Qwen: Qwen3.5-27B|vtrjs|262144|81920|0.26 2.6
qwen/qwen3.5-35b-a3b|Qwen: Qwen3.5-35B-A3B|vtrjs|262144|81920|0.14 1 c0.05
qwen/qwen3.5-397b-a17b|Qwen: Qwen3.5 397B A17B|vtrjs|256000|64000|0.6 3.6 c0.12
qwen/qwen3.5-9b|Qwen: Qwen3.5-9B|vtrjs|262144|235929|0.17 0.25
qwen/qwen3.5-flash-02-23|Qwen: Qwen3.5-Flash|vtrjs|1000000|65536|0.065 0.26
qwen/qwen3.5-plus-02-15|Qwen: Qwen3.5 Plus 2026-02-15|vtrjs|1000000|65536|0.26 1.56 + >256000 0.325 1.95
qwen/qwen3.5-plus-20260420|Qwen: Qwen3.5 Plus 2026-04-20|vtrjs|1000000|65536|0.3 1.8 + >256000 0.375 2.25
qwen/qwen3.6-27b|Qwen: Qwen3.6 27B|vtrjs|262144|81920|0.32 3.2
qwen/qwen3.6-35b-a3b|Qwen: Qwen3.6 35B A3B|vtrjs|262144|235929|0.1 0.9 c0.025
qwen/qwen3.6-flash|Qwen: Qwen3.6 Flash|vtrjs|1000000|65536|0.1875 1.125 + >256000 0.75 3
qwen/qwen3.6-plus|Qwen: Qwen3.6 Plus|vtrjs|1000000|65536|0.325 1.95 + >256000 1.3 3.9
qwen/qwen3.7-flash|Qwen: Qwen3.7 Flash|vtrs|1000000|65536|0.03 0.13 c0.006 + >32000 0.2 0.8 c0.04
qwen/qwen3.7-max|Qwen: Qwen3.7 Max|trjs|1000000|131072|1.475 4.425 c0.295
qwen/qwen3.7-plus|Qwen: Qwen3.7 Plus|vtrjs|1000000|131072|0.32 1.28 c0.064 + >256000 0.96 3.84 c0.192
qwen/qwen3.8-2.4t-a95b|Qwen: Qwen3.8 2.4T A95B|trjs|1048576|131072|2 6 c0.25
qwen/qwen3.8-27b|Qwen: Qwen3.8 27B|vtrjs|262144|235929|0.15 1.875 c0.0375
qwen/qwen3.8-flash|Qwen: Qwen3.8 Flash|vtrjs|1000000|131072|0.15 0.47 c0.016
qwen/qwen3.8-max-0902|Qwen: Qwen3.8 Max (0902)|vtrs|1000000|131072|2 6 c0.25
qwen/qwen3.8-max-prime|Qwen: Qwen3.8 Max Prime|vtrs|1000000|131072|4 12 c0.5
qwen/qwen3.8-omni-flash|Qwen: Qwen3.8 Omni Flash|vtrs|1000000|131072|0.15 0.47 c0.016
recraft/recraft-v3|Recraft: Recraft V3|Ie
recraft/recraft-v4|Recraft: Recraft V4|Ie
recraft/recraft-v4-pro|Recraft: Recraft V4 Pro|Ie
recraft/recraft-v4-pro-vector|Recraft: Recraft V4 Pro Vector|Ie
recraft/recraft-v4-styles|Recraft: Recraft V4 Styles|Ie
recraft/recraft-v4-styles-pro|Recraft: Recraft V4 Styles Pro|Ie
recraft/recraft-v4-styles-pro-vector|Recraft: Recraft V4 Styles Pro Vector|Ie
recraft/recraft-v4-styles-vector|Recraft: Recraft V4 Styles Vector|Ie
recraft/recraft-v4-vector|Recraft: Recraft V4 Vector|Ie
recraft/recraft-v4.1|Recraft: Recraft V4.1|Ie
recraft/recraft-v4.1-flash|Recraft: Recraft V4.1 Flash|I
recraft/recraft-v4.1-pro|Recraft: Recraft V4.1 Pro|Ie
recraft/recraft-v4.1-pro-vector|Recraft: Recraft V4.1 Pro Vector|Ie
recraft/recraft-v4.1-utility|Recraft: Recraft V4.1 Utility|Ie
recraft/recraft-v4.1-utility-pro|Recraft: Recraft V4.1 Utility Pro|Ie
recraft/recraft-v4.1-vector|Recraft: Recraft V4.1 Vector|Ie
recursive/flint-v1.0:free|Recursive: Flint (free)|trs|262144|235929|0 0
reflection/beam-1.0-501b-a23b|Reflection: Beam 1.0 501B A23B|trs|1048576|943718|0.3 1 c0.04
rekaai/reka-edge|Reka Edge|vtjs|16384|14745|0.1 0.1
relace/relace-search|Relace: Relace Search|ts|256000|128000|1 3
ricursiveai/ripple-65b-preview|Ricursive: Ripple 65B Preview|trs|1048576|131072|0.2 0.6 c0.05
runway/aleph-2|Runway: Aleph 2.0|V
runway/gen-4.5|Runway: Gen-4.5|V
sakana/fugu-max|Sakana: Fugu Max|vtrs|1000000|128000|2 6 c0.25
sakana/fugu-ultra|Sakana: Fugu Ultra|vtrjs|1000000|128000|5 30 c0.5 + >272000 10 45 c1
sakana/fugu-ultra-v2|Sakana: Fugu Ultra v2|vtrs|1000000|128000|5 30 c0.5 + >272000 10 45 c1
sakana/sakana-namazu|Sakana: Sakana Namazu|vtrjs|262144|65536|0.95 4 c0.15
sourceful/riverflow-v2-fast|Sourceful: Riverflow V2 Fast|Ie
sourceful/riverflow-v2-pro|Sourceful: Riverflow V2 Pro|Ie
sourceful/riverflow-v2.5-fast|Sourceful: Riverflow V2.5 Fast|Ie
sourceful/riverflow-v2.5-pro|Sourceful: Riverflow V2.5 Pro|Ie
sourceful/riverflow-v2.6-pro|Sourceful: Riverflow V2.6 Pro|Ie
stepfun/step-3.5-flash|StepFun: Step 3.5 Flash|trs|262144|65536|0.1 0.3
stepfun/step-3.7-flash|StepFun: Step 3.7 Flash|vtrjs|256000|230400|0.2 1.15 c0.04
stepfun/step-5-preview|StepFun: Step 5 Preview|vtrs|1000000|64000|1 2.7 c0.1
tencent/hy-image-v3.5-preview|Tencent: Hy Image 3.5 Preview|Ie
tencent/hy3|Tencent: Hy3|trjs|262144|128000|0.132 0.528 c0.033
tencent/hy3-preview|Tencent: Hy3 preview|trs|262144|235929|0.18 0.6 c0.06
tencent/hy4|Tencent: Hy4|vtrs|1048576|65536|0.417 1.2505 c0.021
tencent/hy4-preview|Tencent: Hy4 preview|trjs|1048576|64000|0.834 2.501 c0.042
thinkingmachines/inkling|Thinking Machines: Inkling|vtrs|524288|471859|1 4.05 c0.17
thinkingmachines/inkling-2-small:free|Thinking Machines: Inkling 2 Small (free)|vtrs|1048576|131072|0 0
thinkingmachines/inkling-small|Thinking Machines: Inkling Small|vtrs|524288|262144|0.45 1.2 c0.1
typesafe/jev-router|TypeSafe: Jev Router|vtrs|1000000|64000
unbiased/pareto-26.10|Pareto 26.10|vts|1048576|131072|0.8 3.2 c0.03
unbiased/pareto-26.9|Pareto 26.9|vts|262144|131072|2.5 7.5 c0.25
upstage/solar-mini4|Upstage: Solar Mini 4|trs|524288|131072|0.05 0.2 c0.005
upstage/solar-pro4|Upstage: Solar Pro 4|trjs|524288|131072|0.15 0.6 c0.03
x-ai/grok-4.20|SpaceXAI: Grok 4.20|vtrjs|2000000|1800000|1.25 2.5 c0.2 + >200000 2.5 5 c0.4
x-ai/grok-4.3|SpaceXAI: Grok 4.3|vtrjs|1000000|900000|1.25 2.5 c0.2 + >200000 2.5 5 c0.4
x-ai/grok-4.5|SpaceXAI: Grok 4.5|vtrjs|500000|450000|2 6 c0.3 + >200000 4 12 c0.6
x-ai/grok-4.6|SpaceXAI: Grok 4.6|vtrjs|500000|450000|2 6 c0.5 + >200000 4 12 c1
x-ai/grok-4.7|SpaceXAI: Grok 4.7|vtrs|500000|450000|2 6 c0.5 + >200000 4 12 c1
x-ai/grok-build-0.1|SpaceXAI: Grok Build 0.1|vtrjs|256000|230400|1 2 c0.2 + >200000 2 4 c0.4
x-ai/grok-imagine-image-2.0|xAI: Grok Imagine Image 2.0|Ie
x-ai/grok-imagine-video|SpaceXAI: Grok Imagine Video|V
x-ai/grok-imagine-video-1.5|SpaceXAI: Grok Imagine Video 1.5|V
xiaomi/mimo-v2.5|Xiaomi: MiMo-V2.5|vtrjs|1000000|65536|0.4 2 c0.08
xiaomi/mimo-v2.5-pro|Xiaomi: MiMo-V2.5-Pro|trjs|262144|235929|0.48 1.8 c0.096
xiaomi/mimo-v2.6-flash|Xiaomi: MiMo-V2.6-Flash|vtrs|1048576|131072|0.14 0.28 c0.0028
xiaomi/mimo-v2.6-pro|Xiaomi: MiMo-V2.6-Pro|vtrs|1048576|131072|0.435 0.87 c0.0036
xiaomi/mimo-v2.6-pro-ultraspeed|Xiaomi: MiMo-V2.6-Pro-UltraSpeed|vtrs|1048576|131072|4.35 8.7 c0.036
xingchen-agi/xing4.0-29b-a4b:free|XingChen: Xing4.0 29B A4B (free)|trs|262144|235929|0 0
z-ai/glm-4.5|Z.ai: GLM 4.5|trs|131072|98304|0.6 2.2 c0.11
z-ai/glm-4.5-air|Z.ai: GLM 4.5 Air|trs|131072|98304|0.2 1.1 c0.03
z-ai/glm-4.5v|Z.ai: GLM 4.5V|vtrs|65536|16384|0.6 1.8 c0.11
z-ai/glm-4.6|Z.ai: GLM 4.6|trjs|202752|131072|0.5 2 c0.1
z-ai/glm-4.6v|Z.ai: GLM 4.6V|vtrs|131072|32768|0.3 0.9 c0.055
z-ai/glm-4.7|Z.ai: GLM 4.7|trjs|204800|131072|0.6 2.2 c0.11
z-ai/glm-4.7-flash|Z.ai: GLM 4.7 Flash|trjs|131072|117964|0.0605 0.4
z-ai/glm-5|Z.ai: GLM 5|trjs|202752|131072|0.6 1.9 c0.119
z-ai/glm-5-turbo|Z.ai: GLM 5 Turbo|trs|202752|131072|1.2 4 c0.24
z-ai/glm-5.1|Z.ai: GLM 5.1|trjs|202752|131072|1.4 4.4 c0.26
z-ai/glm-5.2|Z.ai: GLM 5.2|trjs|1048576|943718|0.0062 6.8 c0.0052
z-ai/glm-5.3|Z.ai: GLM 5.3|trjs|1048576|943718|0.0699 1.4 c0.0689
z-ai/glm-5.3-flash|Z.ai: GLM 5.3 Flash|vtrjs|1048575|943717|0.15 0.5 c0.03
z-ai/glm-5.3-flashx|Z.ai: GLM 5.3 FlashX|vtrs|1048576|131072|0.37 1.25 c0.075
z-ai/glm-5.3-flashx-legal|Z.ai: GLM 5.3 FlashX Legal|vtrs|1048576|131072|0.37 1.25 c0.075
z-ai/glm-5.3-prime|Z.ai: GLM 5.3 Prime|trs|1000000|131072|2.8 8.8 c0.56
z-ai/glm-5v-turbo|Z.ai: GLM 5V Turbo|vtrs|202752|131072|1.2 4 c0.24
~anthropic/claude-fable-latest|Anthropic: Claude Fable Latest|vtrjs|1000000|128000|8 40 c0.2 +
~anthropic/claude-haiku-latest|Anthropic: Claude Haiku Latest|vtrjs|1000000|128000|0.1 0.5 c0.01 + >100000 0.5 2.5 c0.05
~anthropic/claude-opus-latest|Anthropic: Claude Opus Latest|vtrjs|1000000|128000|4 20 c0.2 +
~anthropic/claude-sonnet-latest|Anthropic: Claude Sonnet Latest|vtrjs|1000000|128000|2 10 c0.1 +
~deepseek/deepseek-flash-latest|DeepSeek: DeepSeek Flash Latest|vtrs|1048576|943718|0.006 0.5 c0.005 +
~deepseek/deepseek-pro-latest|DeepSeek: DeepSeek Pro Latest|trs|1048576|393216|0.0999 8 c0.0999 +
~deepseek/deepseek-v4-flash-latest|DeepSeek: DeepSeek V4 Flash Latest|trjs|1048576|943718|0.0434 0.3 c0.035 +
~google/gemini-flash-latest|Google: Gemini Flash Latest|vtrjs|1048576|65536|0.75 3.75 c0.075 +
~google/gemini-pro-latest|Google: Gemini Pro Latest|vtrjs|1048576|943718|2 10 c0.1 +
~moonshotai/kimi-latest|MoonshotAI: Kimi Latest|vtrjs|1048576|131072|0.1824 9.3388 c0.18 +
~openai/gpt-astra-latest|OpenAI: GPT Astra Latest|vtrs|1050000|128000|10 50 c1 + >272000 20 75 c2
~openai/gpt-luna-latest|OpenAI: GPT Luna Latest|vtrs|1050000|128000|0.1 0.5 c0.01 + >272000 0.2 0.75 c0.02
~openai/gpt-mini-latest|OpenAI: GPT Mini Latest|vtrjs|400000|128000|0.75 4.5 c0.075 +
~openai/gpt-sol-latest|OpenAI: GPT Sol Latest|vtrs|1050000|128000|2 10 c0.1 + >272000 4 15 c0.2
~openai/gpt-terra-latest|OpenAI: GPT Terra Latest|vtrs|1050000|128000|1 5 c0.05 + >272000 2 7.5 c0.1
~unbiased/pareto-latest|Pareto Latest|vts|1048576|131072|0.8 3.2 c0.03 +
~x-ai/grok-latest|xAI: Grok Latest|vtrjs|500000|450000|2 6 c0.5 + >200000 4 12 c1
~z-ai/glm-flash-latest|Z.ai: GLM Flash Latest|vtrs|1048576|131072|0.0399 0.0784 c0.03 +
~z-ai/glm-latest|Z.ai: GLM Latest|trjs|1048576|943718|0.0699 1.4 c0.0689 +
`;
