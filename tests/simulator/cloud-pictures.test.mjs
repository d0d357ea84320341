// @ts-check
/** Pictures and videos from the simulated Gemini, pictures from the simulated OpenRouter, and the ways in which none comes. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { ask, eventsOf, jsonOf, request } from "./cloud-client.mjs";
import { FAULTS, knows } from "./faults.mjs";
import { startGeminiSimulator } from "./gemini.mjs";
import { GOOD_GEMINI_KEY, GOOD_OPENROUTER_KEY } from "./keys.mjs";
import { startOpenRouterSimulator } from "./openrouter.mjs";
import { drawPng, sizeOfImage } from "./picture.mjs";

const PNG = drawPng({ width: 32, height: 32, seed: "source" }).toString("base64");
const MP4 = Buffer.from("ftyp");
/** @param {string} kind */
const pictureFault = (kind) => FAULTS[kind]?.group === "picture";
/** @param {string} base64 */
const bytesOf = (base64) => Buffer.from(base64, "base64");

describe("Gemini", () => {
  /** @type {Awaited<ReturnType<typeof startGeminiSimulator>>} */
  let simulator;
  before(async () => {
    simulator = await startGeminiSimulator({ intervalMs: 0 });
  });
  after(() => simulator.close());
  beforeEach(() => simulator.reset());

  const KEY = { "X-Goog-Api-Key": GOOD_GEMINI_KEY };
  /** @param {string} path @param {unknown} [body] */
  const call = (path, body) => ask(simulator.port, request(body === undefined ? "GET" : "POST", `/v1beta/${path}`, { headers: KEY, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }));
  /** @param {any} [config] @param {{ model?: string, parts?: any[], method?: string, contents?: any[], more?: object }} [wanted] */
  const draw = (config, { model = "gemini-simulator-flash-image", parts = [{ text: "a fox" }], method = "generateContent", contents = [{ role: "user", parts }], more = {} } = {}) =>
    call(`models/${encodeURIComponent(model)}:${method}`, { contents, ...(config === undefined ? {} : { generationConfig: config }), ...more });
  /** @param {any} value @returns {any[]} */
  const partsOf = (value) => value.candidates?.[0]?.content?.parts ?? [];
  /** @param {any} value @returns {any[]} */
  const picturesOf = (value) => partsOf(value).filter((part) => "inlineData" in part);
  const THIRD = "gemini-3-simulator-pro-image";

  test("a picture comes beside words, as PNG of the ratio that was asked for, and is counted", async () => {
    const value = jsonOf(await draw({ responseModalities: ["TEXT", "IMAGE"], imageConfig: { aspectRatio: "16:9" } }));
    const [words, picture, ...others] = partsOf(value);
    assert.deepEqual([others.length, words.text.startsWith("This is the Gemini simulator"), picture.inlineData.mimeType], [0, true, "image/png"]);
    assert.deepEqual(sizeOfImage(bytesOf(picture.inlineData.data)), { width: 1360, height: 768 });
    assert.deepEqual(value.usageMetadata.candidatesTokensDetails, [{ modality: "IMAGE", tokenCount: 1290 }]);
    assert.ok(value.usageMetadata.candidatesTokenCount > 1290 && value.usageMetadata.totalTokenCount > value.usageMetadata.candidatesTokenCount);
  });

  test("in a stream the picture is one line", async () => {
    const events = eventsOf(await draw(undefined, { method: "streamGenerateContent?alt=sse" }));
    assert.deepEqual([events.flatMap(picturesOf).length, events.at(-1).candidates[0].finishReason, events.at(-1).usageMetadata.candidatesTokenCount > 1290], [1, "STOP", true]);
  });

  test("a picture that came in is drawn over, and counted", async () => {
    const parts = [{ inlineData: { mimeType: "image/png", data: PNG } }, { text: "a fox" }];
    const edited = jsonOf(await draw(undefined, { parts }));
    const [plain] = picturesOf(jsonOf(await draw()));
    assert.notEqual(picturesOf(edited)[0].inlineData.data, plain.inlineData.data);
    assert.equal(edited.usageMetadata.promptTokensDetails[1].modality, "IMAGE");
  });

  test("a model of the third generation gives JPEG in sizes, shows sketches among its thoughts, and wants its signature back", async () => {
    const value = jsonOf(await draw({ responseModalities: ["IMAGE"], imageConfig: { imageSize: "2K" }, thinkingConfig: { includeThoughts: true } }, { model: THIRD }));
    const [sketch, picture] = picturesOf(value);
    assert.deepEqual([sketch.thought, picture.thought, picture.inlineData.mimeType, sizeOfImage(bytesOf(picture.inlineData.data))], [true, undefined, "image/jpeg", { width: 2048, height: 2048 }]);
    assert.equal(partsOf(value).some((part) => part.text !== undefined && part.thought !== true), false);
    /** @param {object} part */
    const again = (part) => draw(undefined, { model: THIRD, contents: [{ role: "user", parts: [{ text: "a fox" }] }, { role: "model", parts: [part] }, { role: "user", parts: [{ text: "red" }] }] });
    assert.equal((await again(picture)).status, 200);
    assert.match(jsonOf(await again({ ...picture, thoughtSignature: undefined })).error.message, /Image part is missing a thought_signature in content position 2, part position 1/);
  });

  test("what does not go with pictures is refused", async () => {
    /** @type {[any, any, RegExp][]} */
    const wrong = [
      [{ responseModalities: ["TEXT", "IMAGE"] }, { model: "gemini-simulator-flash" }, /combination of response modalities/],
      [{ imageConfig: { aspectRatio: "1:1" } }, { model: "gemini-simulator-flash" }, /only supported by models that generate images/],
      [{ responseModalities: ["IMAGE"] }, {}, /combination of response modalities/],
      [{ imageConfig: { aspectRatio: "1:4" } }, {}, /aspect ratio/],
      [{ imageConfig: { imageSize: "2K" } }, {}, /not supported for this model/],
      [{ imageConfig: { imageSize: "2k" } }, { model: THIRD }, /Invalid image size/],
      [{ imageConfig: { personGeneration: "allow_all" } }, {}, /Unknown name "personGeneration"/],
      [{ responseMimeType: "application/json" }, {}, /JSON mode/],
      [undefined, { more: { tools: [{ functionDeclarations: [{ name: "f" }] }] } }, /Function calling is not enabled/],
    ];
    for (const [config, wanted, message] of wrong) {
      const answer = await draw(config, wanted);
      assert.deepEqual([answer.status, message.test(jsonOf(answer).error.message)], [400, true], String(message));
    }
  });

  test("the models that make pictures and videos are listed, and cost the free tier's keys their quota", async () => {
    const ids = [];
    for (let token = ""; token !== undefined;) {
      const { models, nextPageToken } = jsonOf(await call(`models?pageSize=1000&pageToken=${token}`.replace(/&pageToken=$/, "")));
      ids.push(...models.filter((/** @type {any} */ { name, supportedGenerationMethods: methods }) => name.includes("image") || methods.includes("predictLongRunning")).map((/** @type {any} */ { name }) => name));
      token = nextPageToken;
    }
    assert.deepEqual(ids, ["models/gemini-simulator-flash-image", "models/gemini-3-simulator-pro-image", "models/veo-simulator-generate"]);
    const free = await ask(simulator.port, request("POST", "/v1beta/models/gemini-simulator-flash-image:generateContent", { headers: { "X-Goog-Api-Key": "AIzaSimulatorFree" }, body: "{}" }));
    assert.deepEqual([free.status, /limit: 0/.test(jsonOf(free).error.message)], [429, true]);
  });

  /** @param {string} fault @param {object} [parameters] @returns {Promise<string>} the operation's name */
  const film = async (fault = "", parameters = {}) =>
    jsonOf(await call(`models/${encodeURIComponent(`veo-simulator-generate${fault === "" ? "" : `:${fault}`}`)}:predictLongRunning`, { instances: [{ prompt: "a fox runs" }], parameters })).name;
  /** @param {string} name @param {number} [times] @returns {Promise<any>} the last answer */
  const poll = async (name, times = 3) => {
    let last;
    for (let time = 0; time < times; time += 1) last = jsonOf(await call(name.split("/").map(encodeURIComponent).join("/")));
    return last;
  };

  test("a video is asked for until it is done, and fetched with the key in a header, by way of somewhere else", async () => {
    const name = await film();
    assert.match(name, /^models\/veo-simulator-generate\/operations\/./);
    assert.deepEqual([await poll(name, 1), await poll(name, 1)], [{ name }, { name }]);
    const { done, response } = await poll(name, 1);
    const [{ video: { uri } }] = response.generateVideoResponse.generatedSamples;
    const address = new URL(uri);
    const path = `${address.pathname}${address.search}`;
    assert.deepEqual([done, (await ask(simulator.port, request("GET", path))).status], [true, 403]);
    const sent = await ask(simulator.port, request("GET", path, { headers: KEY }));
    assert.equal(sent.status, 302);
    const film_ = await fetch(`${simulator.url}${path}`, { headers: { ...KEY, Origin: "http://localhost:5173" } });
    assert.deepEqual([film_.headers.get("content-type"), film_.headers.get("access-control-allow-origin")], ["video/mp4", "http://localhost:5173"]);
    assert.ok(Buffer.from(await film_.arrayBuffer()).includes(MP4));
    assert.ok(simulator.requests.every(({ leaks }) => leaks.length === 0));
  });

  test("a video's request is looked through", async () => {
    /** @param {unknown} body */
    const status = async (body) => (await call("models/veo-simulator-generate:predictLongRunning", body)).status;
    assert.deepEqual([await status({}), await status({ instances: [{ prompt: "x" }], parameters: { aspectRatio: "1:1" } }), await status({ instances: [{ prompt: "x" }], parameters: { durationSeconds: 60 } })], [400, 400, 400]);
    assert.equal((await call("models/gemini-simulator-flash:predictLongRunning", { instances: [{ prompt: "x" }] })).status, 404);
    assert.equal((await call("models/veo-simulator-generate/operations/unknown")).status, 404);
  });

  /** @param {string} fault @param {string} [kind] */
  const drawn = async (fault, kind = "gemini-simulator-flash-image") => jsonOf(await draw(undefined, { model: `${kind}:${fault}` }));
  /** @param {string} fault @param {string} reason */
  const without = async (fault, reason) => {
    const value = await drawn(fault);
    assert.deepEqual([value.candidates[0].finishReason, value.candidates[0].content, value.usageMetadata.candidatesTokensDetails], [reason, undefined, undefined]);
    const events = eventsOf(await draw(undefined, { model: `gemini-simulator-flash-image:${fault}`, method: "streamGenerateContent?alt=sse" }));
    assert.deepEqual([events.length, events[0].candidates[0].finishReason], [1, reason]);
  };
  /** @type {Record<string, (fault: string) => Promise<void>>} */
  const checks = {
    "text-instead": async (fault) => {
      const value = await drawn(fault);
      assert.deepEqual([picturesOf(value), partsOf(value).length, value.candidates[0].finishReason], [[], 1, "STOP"]);
    },
    "image-png": async (fault) => assert.equal(picturesOf(await drawn(fault, THIRD))[0].inlineData.mimeType, "image/png"),
    "image-jpeg": async (fault) => assert.equal(bytesOf(picturesOf(await drawn(fault))[0].inlineData.data).readUInt16BE(0), 0xffd8),
    "image-large": async (fault) => assert.ok(picturesOf(await drawn(fault))[0].inlineData.data.length > 4_000_000),
    "image-broken": async (fault) => assert.match(picturesOf(await drawn(fault))[0].inlineData.data, /\*/),
    "blocked-image": async (fault) => assert.deepEqual((await drawn(fault)).promptFeedback, { blockReason: "IMAGE_SAFETY" }),
    "no-image": (fault) => without(fault, "NO_IMAGE"),
    "image-safety": (fault) => without(fault, "IMAGE_SAFETY"),
    "image-prohibited-content": (fault) => without(fault, "IMAGE_PROHIBITED_CONTENT"),
    "image-recitation": (fault) => without(fault, "IMAGE_RECITATION"),
    "image-other": (fault) => without(fault, "IMAGE_OTHER"),
    "image-in-thought": async (fault) => assert.deepEqual(picturesOf(await drawn(fault)).map(({ thought }) => thought), [true]),
    "video-slow": async (fault) => {
      const name = await film(fault);
      assert.deepEqual([(await poll(name, 10)).done, (await poll(name, 1)).done], [undefined, true]);
    },
    "video-never": async (fault) => assert.equal((await poll(await film(fault), 20)).done, undefined),
    "video-failed": async (fault) => assert.equal((await poll(await film(fault))).error.code, 13),
    "video-filtered": async (fault) => assert.equal((await poll(await film(fault))).response.generateVideoResponse.raiMediaFilteredCount, 1),
    "video-gone": async (fault) => assert.equal((await poll(await film(fault), 1)).error.code, 404),
    "video-lost": async (fault) => {
      const { response } = await poll(await film(fault));
      const { pathname, search } = new URL(response.generateVideoResponse.generatedSamples[0].video.uri);
      assert.equal((await ask(simulator.port, request("GET", `${pathname}${search}`, { headers: KEY }))).status, 404);
    },
  };
  for (const [kind, { meaning }] of Object.entries(FAULTS).filter(([kind]) => pictureFault(kind) && knows("gemini", kind))) {
    test(`${kind}: ${meaning}`, async () => {
      const check = checks[kind] ?? assert.fail("every fault has a check");
      await check(kind);
    });
  }
});

describe("OpenRouter", () => {
  /** @type {Awaited<ReturnType<typeof startOpenRouterSimulator>>} */
  let simulator;
  before(async () => {
    simulator = await startOpenRouterSimulator({ intervalMs: 0 });
  });
  after(() => simulator.close());
  beforeEach(() => simulator.reset());

  /** @param {object} [more] @param {unknown} [content] */
  const draw = (more = {}, content = "a fox") => ask(simulator.port, request("POST", "/api/v1/chat/completions", {
    headers: { Authorization: `Bearer ${GOOD_OPENROUTER_KEY}`, "Content-Type": "application/json" },
    body: JSON.stringify({ model: "simulator/text-and-image", modalities: ["image", "text"], messages: [{ role: "user", content }], ...more }),
  }));
  /** @param {string} url */
  const opened = (url) => {
    const [, type, data = ""] = /^data:(image\/\w+);base64,(.*)$/.exec(url) ?? [];
    return { type, size: sizeOfImage(bytesOf(data)), length: data.length };
  };
  /** @param {any} value @returns {any[]} */
  const imagesOf = (value) => value.choices[0].message.images ?? [];

  test("a picture comes as a data URL beside words, of the ratio that was asked for, and is paid", async () => {
    const value = jsonOf(await draw({ image_config: { aspect_ratio: "3:4" } }));
    const [image, ...others] = imagesOf(value);
    assert.deepEqual([others.length, image.type, opened(image.image_url.url).type, opened(image.image_url.url).size], [0, "image_url", "image/png", { width: 880, height: 1184 }]);
    const { usage } = value;
    assert.deepEqual([usage.completion_tokens_details.image_tokens, usage.completion_tokens > 1290, usage.cost > 1290 * 0.000_03, usage.cost < 0.04], [1290, true, true, true]);
    assert.ok(value.choices[0].message.content.startsWith("This is the OpenRouter simulator"));
  });

  test("in a stream it is one line, before the reason and the usage", async () => {
    const events = eventsOf(await draw({ stream: true }));
    const at = events.findIndex((event) => event.choices?.[0]?.delta?.images !== undefined);
    assert.deepEqual([opened(events[at].choices[0].delta.images[0].image_url.url).type, events.at(-2).usage.completion_tokens_details.image_tokens, events.at(-1)], ["image/png", 1290, "[DONE]"]);
    assert.ok(at < events.findIndex((event) => event.choices?.[0]?.finish_reason === "stop"));
  });

  test("a model of pictures alone says nothing, and wants to be asked for pictures alone", async () => {
    const { choices: [{ message }] } = jsonOf(await draw({ model: "simulator/image", modalities: ["image"] }));
    assert.deepEqual([message.content, message.images.length], ["", 1]);
    assert.match(jsonOf(await draw({ model: "simulator/image" })).error.message, /output modalities: image, text/);
    assert.match(jsonOf(await draw({ model: "simulator/text" })).error.message, /output modalities/);
    assert.equal((await draw({ model: "simulator/image", modalities: undefined })).status, 400);
  });

  test("unasked no picture comes, and one that came in is drawn over", async () => {
    assert.deepEqual(imagesOf(jsonOf(await draw({ modalities: undefined }))), []);
    const edited = jsonOf(await draw({}, [{ type: "text", text: "a fox" }, { type: "image_url", image_url: { url: `data:image/png;base64,${PNG}` } }]));
    assert.notEqual(imagesOf(edited)[0].image_url.url, imagesOf(jsonOf(await draw()))[0].image_url.url);
  });

  test("models that make pictures are listed with their prices when they are asked for", async () => {
    const { data } = jsonOf(await ask(simulator.port, request("GET", "/api/v1/models?output_modalities=image")));
    assert.deepEqual(data.map((/** @type {any} */ { id, pricing }) => [id, pricing.image_output]), [["simulator/text-and-image", "0.00003"], ["simulator/image", "0.00003"]]);
  });

  /** @param {string} fault @returns {Promise<any>} */
  const drawn = async (fault) => jsonOf(await draw({ model: `simulator/text-and-image:${fault}` }));
  /** @type {Record<string, (fault: string) => Promise<void>>} */
  const checks = {
    "text-instead": async (fault) => {
      const value = await drawn(fault);
      assert.deepEqual([imagesOf(value), value.usage.completion_tokens_details.image_tokens, value.choices[0].finish_reason], [[], 0, "stop"]);
    },
    "image-png": async (fault) => assert.equal(opened(imagesOf(await drawn(fault))[0].image_url.url).type, "image/png"),
    "image-jpeg": async (fault) => assert.deepEqual(opened(imagesOf(await drawn(fault))[0].image_url.url).size, { width: 1024, height: 1024 }),
    "image-large": async (fault) => assert.ok(opened(imagesOf(await drawn(fault))[0].image_url.url).length > 4_000_000),
    "image-broken": async (fault) => assert.match(imagesOf(await drawn(fault))[0].image_url.url, /\*/),
  };
  for (const [kind, { meaning }] of Object.entries(FAULTS).filter(([kind]) => pictureFault(kind) && knows("openrouter", kind))) {
    test(`${kind}: ${meaning}`, async () => {
      const check = checks[kind] ?? assert.fail("every fault has a check");
      await check(kind);
    });
  }

  test("the failures of words are those of pictures: filtered, no money, an error inside a 200, cut in the middle", async () => {
    assert.deepEqual([imagesOf(await drawn("content-filter")), (await drawn("content-filter")).choices[0].finish_reason], [[], "content_filter"]);
    assert.equal((await drawn("error-402")).error.code, 402);
    assert.equal((await drawn("error-in-choice")).choices[0].error.code, 502);
    assert.equal((await draw({ model: "simulator/text-and-image:drop-middle-30", stream: true })).complete, false);
  });
});
