// @ts-check
/** The faults that providers share, as a client of each of them meets them, on a bare socket. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { ask, CLIENTS, eventsOf, header, jsonOf, ORIGIN, read, request } from "./cloud-client.mjs";
import { FAULTS } from "./faults.mjs";

/** @typedef {import("./raw-http.mjs").RawAnswer} RawAnswer */

for (const client of CLIENTS) {
  describe(`${client.provider} and the faults it shares`, () => {
    const { provider, banner } = client;
    const gemini = provider === "gemini";
    const ANSWER = `${banner} You asked: Hi`;
    /** @type {import("./simulator.mjs").Simulator} */
    let simulator;
    before(async () => {
      simulator = await client.start();
    });
    after(() => simulator.close());
    beforeEach(() => simulator.reset());

    /** @type {(fault: string, options?: Parameters<typeof client.request>[1]) => Promise<RawAnswer>} */
    const chat = (fault, options) => ask(simulator.port, client.request(fault, options));
    /** @type {(fault: string, options?: Parameters<typeof client.request>[1]) => Promise<ReturnType<typeof read>>} */
    const told = async (fault, options) => read(client, await chat(fault, options));
    /** @type {(status: number) => (fault: string) => Promise<void>} */
    const status = (wanted) => async (fault) => {
      const answer = await chat(fault);
      assert.equal(answer.status, wanted);
      assert.equal(jsonOf(answer).error.code, wanted);
      assert.ok([ORIGIN.Origin, "*"].includes(header(answer, "access-control-allow-origin") ?? ""));
    };
    /** A whole answer came, however it was cut. @param {RawAnswer} answer */
    const whole = (answer) => assert.deepEqual([read(client, answer).text, answer.complete], [ANSWER, true]);

    /** @type {Record<string, (fault: string) => Promise<void>>} */
    const checks = {
      "refuse": async (fault) => assert.equal((await chat(fault)).status, 0),
      "reset-head": async (fault) => assert.equal((await chat(fault)).ended, "ECONNRESET"),
      "reset-middle": async () => {
        const answer = await chat("reset-middle-2");
        assert.deepEqual([answer.complete, answer.ended], [false, "ECONNRESET"]);
        assert.ok(ANSWER.startsWith(read(client, answer).text) && read(client, answer).text.startsWith("This is"));
      },
      "drop-middle": async () => {
        const answer = await chat("drop-middle-2");
        assert.deepEqual([answer.complete, answer.ended], [false, "end"]);
      },
      "stall-head": async (fault) => {
        const waiting = chat(fault);
        assert.equal((await simulator.waitFor((one) => one.faults.includes(fault))).status, 0);
        simulator.release();
        whole(await waiting);
      },
      "stall-first": async (fault) => {
        const answer = await ask(simulator.port, client.request(fault), { until: (received) => received.includes("\r\n\r\n") });
        assert.deepEqual([answer.status, answer.body.length], [200, 0]);
        const entry = await simulator.waitFor((one) => one.ended !== "running");
        assert.deepEqual([entry.aborted, entry.tokensSent], [true, 0]);
      },
      "stall-middle": async () => {
        await ask(simulator.port, client.request("stall-middle-2"), { until: (received) => received.includes('" is') });
        const entry = await simulator.waitFor((one) => one.ended !== "running");
        assert.deepEqual([entry.aborted, entry.tokensSent], [true, 2]);
      },
      "error-400": status(400), "error-401": status(401), "error-402": status(402), "error-403": status(403), "error-404": status(404),
      "error-500": status(500), "error-503": status(503),
      "error-429": async (fault) => {
        await status(429)(fault);
        const answer = await chat(fault);
        assert.deepEqual([header(answer, "retry-after"), header(answer, "access-control-expose-headers")], [gemini ? undefined : "7", undefined]);
      },
      "error-429-exposed": async (fault) => assert.equal(header(await chat(fault), "access-control-expose-headers"), "Retry-After"),
      "error-429-bare": async (fault) => {
        await status(429)(fault);
        const answer = await chat(fault);
        assert.equal(header(answer, "retry-after"), undefined);
        assert.equal(jsonOf(answer).error.details, undefined);
      },
      "error-502": async (fault) => {
        const answer = await chat(fault);
        assert.deepEqual([answer.status, header(answer, "content-type")], [502, "text/html; charset=utf-8"]);
        assert.match(answer.body.toString(), /simulator/);
      },
      "error-context": async (fault) => {
        const answer = await chat(fault);
        assert.equal(answer.status, 400);
        assert.match(jsonOf(answer).error.message, /tokens/);
      },
      "error-in-200": async (fault) => {
        const answer = await chat(fault);
        assert.equal(answer.status, 200);
        assert.ok(jsonOf(answer).error.code >= 500);
      },
      "cors-refused": async (fault) => {
        const answer = await chat(fault);
        assert.deepEqual([answer.status, answer.body.length, header(answer, "access-control-allow-origin")], [403, 0, undefined]);
        simulator.faults({ next: ["cors-refused"], forMethod: "OPTIONS", forPath: "*" });
        const preflight = request("OPTIONS", "/api/v1/chat/completions", { headers: { ...ORIGIN, "Access-Control-Request-Method": "POST" } });
        assert.equal((await ask(simulator.port, preflight)).status, 403);
        assert.ok((await ask(simulator.port, preflight)).status < 300);
      },
      "html": async (fault) => assert.equal(header(await chat(fault), "content-type"), "text/html; charset=utf-8"),
      "redirect": async (fault) => {
        const answer = await chat(fault);
        assert.deepEqual([answer.status, header(answer, "location")], [307, "https://redirect.invalid/"]);
      },
      "empty-body": async (fault) => {
        const answer = await chat(fault);
        assert.deepEqual([answer.status, answer.complete, answer.body.length, header(answer, "content-type")], [200, true, 0, "text/event-stream"]);
      },

      "cut": async () => {
        const answer = await chat("cut-2");
        const { text, finish, done } = read(client, answer);
        assert.ok(ANSWER.startsWith(text) && text.startsWith("This is") && text !== ANSWER);
        assert.deepEqual([finish, done, answer.complete], [undefined, false, true]);
      },
      "no-finish": async (fault) => {
        const { text, finish, done } = await told(fault);
        assert.deepEqual([text, finish, done], [ANSWER, undefined, false]);
      },
      "no-terminator": async (fault) => {
        const { text, finish, done } = await told(fault);
        assert.deepEqual([text, finish?.toLowerCase(), done], [ANSWER, "stop", false]);
      },
      "error-line": async () => {
        const { text, finish, events, done } = await told("error-line-2");
        assert.ok(text.startsWith("This is") && text !== ANSWER);
        assert.ok(events.at(-1).error.code >= 500);
        assert.deepEqual([finish, done], [provider === "openrouter" ? "error" : undefined, false]);
      },
      "malformed": async (fault) => {
        const { text, events } = await told(fault);
        assert.equal(text, ANSWER);
        assert.equal(events.filter((event) => typeof event === "string" && event !== "[DONE]").length, 1);
      },
      "malformed-many": async (fault) => {
        const { events } = await told(fault);
        assert.equal(events.filter((event) => typeof event === "string" && event !== "[DONE]").length, 5);
      },
      "invalid-utf8": async (fault) => {
        const answer = await chat(fault);
        assert.throws(() => new TextDecoder("utf-8", { fatal: true }).decode(answer.body));
        assert.match(read(client, answer).text, /not UTF-8: /);
      },
      "long-line": async (fault) => {
        const { events, text } = await told(fault);
        assert.ok(events.some((event) => client.text(event).length > 8 * 1024 * 1024));
        assert.ok(text.endsWith("asked: Hi"));
      },
      "crlf": async (fault) => {
        const answer = await chat(fault);
        whole(answer);
        assert.ok(answer.body.includes(": a comment\r\n"));
        assert.equal(/[^\r]\n/.test(answer.body.toString()), false);
      },
      "cr": async (fault) => {
        const answer = await chat(fault);
        whole(answer);
        assert.equal(answer.body.includes("\n"), false);
        assert.ok(answer.body.includes("}\r\rdata: "));
      },
      "no-newline": async (fault) => {
        const answer = await chat(fault);
        whole(answer);
        assert.equal(answer.body.at(-1), (gemini ? "}" : "]").charCodeAt(0));
      },
      "no-usage": async (fault) => {
        assert.equal((await told(fault)).usage, undefined);
        assert.notEqual((await told("")).usage, undefined);
      },

      "bytes": async (fault) => {
        const answer = await chat(fault);
        whole(answer);
        assert.ok(answer.chunks.every((chunk) => chunk.length === 1));
      },
      "pieces": async () => {
        const answer = await chat("pieces-50");
        whole(answer);
        assert.ok(answer.chunks.slice(0, -1).every((chunk) => chunk.length === 50));
      },
      "split-utf8": async (fault) => {
        const answer = await chat(fault);
        assert.ok(answer.chunks.some((chunk) => chunk.toString("utf8").includes("\ufffd")));
        assert.match(read(client, answer).text, /日本語.*👩‍👩‍👧/u);
      },
      "split-crlf": async (fault) => {
        const answer = await chat(gemini ? fault : `crlf.${fault}`);
        whole(answer);
        assert.ok(answer.chunks.length > 5);
        assert.ok(answer.chunks.slice(0, -1).every((chunk) => chunk.at(-1) === 0x0d) && answer.chunks.slice(1).every((chunk) => chunk[0] === 0x0a));
      },
      "split-field": async (fault) => {
        const answer = await chat(fault);
        whole(answer);
        assert.ok(answer.chunks.slice(0, -1).every((chunk) => chunk.toString().endsWith("\nda") || chunk.toString() === "da"));
        assert.ok(answer.chunks.slice(1).every((chunk) => chunk.toString().startsWith("ta: ")));
      },
      "pairs": async (fault) => {
        const answer = await chat(fault);
        whole(answer);
        assert.ok(answer.chunks.some((chunk) => chunk.toString().split("data: ").length === 3));
      },
      "one-chunk": async (fault) => {
        const answer = await chat(fault);
        whole(answer);
        assert.equal(answer.chunks.length, 1);
      },
      "drip": async () => {
        const { text, events } = await told("drip-1");
        assert.equal(text, ANSWER);
        assert.ok(events.filter((event) => client.text(event).length === 1).length >= ANSWER.length - 1);
      },

      "thinking": async (fault) => {
        const { text, thought } = await told(fault);
        assert.deepEqual([text, thought], [ANSWER, "The simulator pretends to think about it."]);
      },
      "thinking-only": async (fault) => {
        const { text, thought, finish } = await told(fault);
        assert.deepEqual([text, thought.startsWith("The simulator"), finish], ["", true, gemini ? "MAX_TOKENS" : "length"]);
      },
      "tools": async (fault) => {
        const { text, calls, finish } = await told(fault);
        const call = /** @type {any} */ (calls[0]);
        assert.deepEqual([text, call.name ?? call.function.name, finish], ["", "simulated_tool", gemini ? "STOP" : "tool_calls"]);
      },
      "length": async () => {
        const { text, finish } = await told("length-3");
        assert.deepEqual([text, finish], ["This is the", gemini ? "MAX_TOKENS" : "length"]);
      },
      "empty-answer": async (fault) => {
        const { text, finish } = await told(fault);
        assert.deepEqual([text, finish?.toLowerCase()], ["", "stop"]);
      },
      "truncated-prompt": async (fault) => {
        const prompt = "one two three four five six seven eight nine ten";
        const count = (/** @type {any} */ usage) => usage.prompt_tokens ?? usage.promptTokenCount;
        assert.ok(count((await told(fault, { prompt })).usage) < count((await told("", { prompt })).usage) * 0.6);
      },
      "unicode": async (fault) => assert.match((await told(fault)).text, /日本語.*😀.*👩‍👩‍👧.*cafe\u0301/u),
      "long": async () => assert.ok((await told("long-300")).text.split(" ").length > 250),

      "tools-no-id": async (fault) => {
        const { calls } = await told(fault);
        assert.ok(calls.length > 1 && calls.every((call) => !("id" in /** @type {object} */ (call))));
      },
      "tools-repeated": async (fault) => {
        const { calls } = await told(fault);
        assert.ok(calls.length > 1 && calls.every((/** @type {any} */ call) => call.id === "call_simulator0" && call.function.name === "simulated_tool"));
      },
      "tools-stop": async (fault) => {
        const { calls, finish } = await told(fault);
        assert.deepEqual([calls.length > 1, finish], [true, "stop"]);
      },
      "content-filter": async (fault) => assert.equal((await told(fault)).finish, "content_filter"),
    };

    // Pictures are in `cloud-pictures.test.mjs`.
    const shared = Object.entries(FAULTS).filter(([kind, { group, only }]) =>
      kind !== "tools-in-done" && group !== "picture" && (only === undefined || (only.includes(provider) && only.length > 1)));
    for (const [kind, { meaning }] of shared) {
      test(`${kind}: ${meaning}`, async () => {
        const check = checks[kind] ?? assert.fail("every fault has a check");
        await check(kind);
      });
    }

    test("without a fault the whole answer comes and is recorded", async () => {
      const answer = await chat("");
      whole(answer);
      const { status: code, ended, headers, leaks } = simulator.requests[0] ?? assert.fail();
      assert.deepEqual([code, ended, headers["origin"], leaks], [200, "complete", ORIGIN.Origin, []]);
    });

    test("a fault that the prompt names is met, and not again when the conversation goes on", async () => {
      const { text, finish } = await told("", { prompt: "Please simulator:cut-2 now" });
      assert.ok(text.length < banner.length && finish === undefined);
      assert.deepEqual(simulator.requests[0]?.faults, ["cut"]);
      const [asked, begun] = ["Please simulator:cut-2 now", `${banner} You asked: Please simulator:cut-2`];
      const more = gemini ? { contents: [{ role: "user", parts: [{ text: asked }] }, { role: "model", parts: [{ text: begun }] }] }
        : { messages: [{ role: "user", content: asked }, { role: "assistant", content: begun }] };
      assert.equal((await told("", { more })).text, " now");
      assert.deepEqual(simulator.requests[1]?.faults, []);
      assert.match((await told("", { prompt: "What is simulator:nothing and xsimulator:cut?" })).text, /You asked: What/);
    });

    test("a rule is for so many requests, whatever they ask for", async () => {
      simulator.faults({ next: ["error-503", "cut-2"] });
      assert.equal((await chat("")).status, 503);
      assert.equal((await told("")).finish, undefined);
      whole(await chat(""));
    });

    test("a body in one piece has a middle and an end too", async () => {
      assert.equal(client.text(jsonOf(await chat("", { stream: false }))), ANSWER);
      for (const kind of ["reset-middle", "drop-middle"]) assert.equal((await chat(kind, { stream: false })).complete, false, kind);
      assert.deepEqual(Object.keys(jsonOf(await chat("error-line", { stream: false }))), ["error"]);
      assert.equal(eventsOf(await chat("bytes", { stream: false })).length, 0);
    });

    test("a fault of another provider is told, not left undone", () => {
      const foreign = Object.entries(FAULTS).find(([, { only }]) => only !== undefined && !only.includes(provider))?.[0] ?? "";
      assert.throws(() => simulator.faults({ next: [foreign] }), /only/);
    });
  });
}
