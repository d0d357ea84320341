// @ts-check
/**
 * A value that satisfies a JSON Schema of the usual kind, or Gemini's subset of OpenAPI with its types in capitals.
 * Its free texts say what wrote them. `pattern`, `not` and conditions are not looked at.
 */
import { isObject } from "./is-object.mjs";

/** Below this depth a schema that contains itself gets what it demands and no more. */
const DEEP = 5;

/** @type {Readonly<Record<string, string>>} */
const FORMATS = Object.freeze({
  "date": "2026-01-01",
  "date-time": "2026-01-01T00:00:00Z",
  "time": "00:00:00Z",
  "duration": "PT1S",
  "email": "simulator@simulator.example",
  "uri": "https://simulator.example/",
  "hostname": "simulator.example",
  "ipv4": "192.0.2.1",
  "uuid": "00000000-0000-4000-8000-000000000000",
});

/**
 * @param {unknown} schema
 * @param {string} note
 * @returns {unknown}
 */
export function exampleOf(schema, note) {
  return example(schema, { note, root: schema, depth: 0 });
}

/**
 * @typedef {{ note: string, root: unknown, depth: number }} Place
 *
 * @param {unknown} given
 * @param {Place} place
 * @returns {unknown}
 */
function example(given, place) {
  const schema = resolve(given, place.root);
  if (!isObject(schema)) return place.note;
  if (Array.isArray(schema["enum"])) return schema["enum"][0];
  if ("const" in schema) return schema["const"];
  const choices = schema["anyOf"] ?? schema["oneOf"];
  if (Array.isArray(choices)) return example(place.depth > DEEP ? choices.at(-1) : choices[0], deeper(place));
  if (Array.isArray(schema["allOf"])) return all([{ ...schema, allOf: undefined }, ...schema["allOf"]], place);
  return ofType(schema, place);
}

/**
 * @param {Record<string, unknown>} schema
 * @param {Place} place
 */
function ofType(schema, place) {
  const { note } = place;
  const given = schema["type"];
  const type = Array.isArray(given) ? given.find((one) => String(one).toLowerCase() !== "null") ?? "null" : given;
  switch (String(type ?? (isObject(schema["properties"]) ? "object" : "string")).toLowerCase()) {
    case "object": return object(schema, place);
    case "array": return array(schema, place);
    case "integer": return number(schema, 1);
    case "number": return number(schema, 0.5);
    case "boolean": return false;
    case "null": return null;
    default: {
      const text = FORMATS[String(schema["format"])] ?? note;
      return text.slice(0, Number(schema["maxLength"] ?? text.length)).padEnd(Number(schema["minLength"] ?? 0), ".");
    }
  }
}

/**
 * @param {Record<string, unknown>} schema
 * @param {Place} place
 */
function object(schema, place) {
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  const required = Array.isArray(schema["required"]) ? schema["required"].map(String) : [];
  const names = place.depth > DEEP ? Object.keys(properties).filter((name) => required.includes(name)) : Object.keys(properties);
  return Object.fromEntries(names.map((name) => [name, example(properties[name], deeper(place))]));
}

/**
 * @param {Record<string, unknown>} schema
 * @param {Place} place
 */
function array(schema, place) {
  const first = Array.isArray(schema["prefixItems"]) ? schema["prefixItems"] : [];
  const wanted = Number(schema["minItems"] ?? (place.depth > DEEP ? 0 : 1));
  const length = Math.min(Math.max(wanted, first.length), Number(schema["maxItems"] ?? Infinity));
  return Array.from({ length }, (_, index) => example(first[index] ?? schema["items"], deeper(place)));
}

/**
 * @param {Record<string, unknown>} schema
 * @param {number} step what lies above an exclusive minimum
 */
function number(schema, step) {
  const above = schema["exclusiveMinimum"];
  const least = above === undefined ? Number(schema["minimum"] ?? Math.min(0, Number(schema["maximum"] ?? 0))) : Number(above) + step;
  const multiple = Number(schema["multipleOf"] ?? 0);
  return multiple > 0 ? Math.ceil(least / multiple) * multiple : least;
}

/**
 * What satisfies several schemas at once: objects are laid over each other.
 * @param {unknown[]} schemas
 * @param {Place} place
 */
function all(schemas, place) {
  const values = schemas.map((schema) => example(schema, deeper(place)));
  const objects = values.filter(isObject);
  return objects.length > 0 ? Object.assign({}, ...objects) : values.at(-1);
}

/** @param {Place} place */
function deeper(place) {
  return { ...place, depth: place.depth + 1 };
}

/**
 * @param {unknown} schema
 * @param {unknown} root
 */
function resolve(schema, root) {
  const reference = isObject(schema) ? schema["$ref"] : undefined;
  if (typeof reference !== "string" || !reference.startsWith("#")) return schema;
  /** @type {unknown} */
  let found = root;
  for (const step of reference.slice(1).split("/").slice(1)) {
    const name = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
    found = isObject(found) ? found[name] : undefined;
  }
  return found;
}
