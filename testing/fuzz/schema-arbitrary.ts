/** Values out of schemas: those that keep them, and those that break them somewhere. */
import fc from 'fast-check';
import type { DescribedApi, Schema } from './described-api.js';

/** Values that a name stands for whatever its schema says: `url` must lead nowhere but to this machine. */
export type Known = Readonly<Record<string, fc.Arbitrary<unknown>>>;

const LONGEST = 60;
/** What must be there and mostly little else: rules that schemas cannot say are broken soon by many fields. */
export function someOf<T>(
  model: Readonly<Record<string, fc.Arbitrary<T>>>,
  required: readonly string[],
): fc.Arbitrary<Record<string, T>> {
  const optional = Object.keys(model).filter((name) => !required.includes(name));
  const chosen = fc.oneof(
    { arbitrary: fc.subarray(optional, { maxLength: Math.min(2, optional.length) }), weight: 4 },
    { arbitrary: fc.subarray(optional), weight: 1 },
  );
  return chosen.chain((names) => {
    const kept = Object.entries(model).filter(([name]) => required.includes(name) || names.includes(name));
    return fc.record(Object.fromEntries(kept) as Record<string, fc.Arbitrary<T>>, { noNullPrototype: true });
  });
}

const anyOf = (options: readonly fc.Arbitrary<unknown>[]): fc.Arbitrary<unknown> => fc.oneof(...options);

function text({ pattern, format, contentEncoding, minLength = 0, maxLength = LONGEST }: Schema) {
  if (contentEncoding === 'base64')
    return fc
      .uint8Array({ minLength: 1, maxLength: LONGEST })
      .map((bytes) => Buffer.from(bytes).toString('base64'));
  if (format === 'date-time')
    return fc
      .date({ min: new Date(0), max: new Date(2 ** 43), noInvalidDate: true })
      .map((at) => at.toISOString());
  if (pattern !== undefined)
    return fc
      .stringMatching(new RegExp(pattern, 'u'), { size: 'small' })
      .filter(({ length }) => length >= minLength && length <= maxLength);
  const longest = Math.min(maxLength, minLength + LONGEST);
  return fc
    .string({ unit: 'grapheme', minLength, maxLength: longest })
    .map((value) => value.slice(0, longest));
}

const MOST = 2 ** 31;
const number = ({ type, minimum, exclusiveMinimum, maximum }: Schema): fc.Arbitrary<number> => {
  const min = minimum ?? (exclusiveMinimum === undefined ? -MOST : exclusiveMinimum + 1);
  const max = maximum ?? MOST;
  return type === 'integer'
    ? fc.integer({ min, max: Math.max(min, max) })
    : fc.double({ min, max, noNaN: true });
};

/** An object with alternatives of which exactly one must be there, as `{ oneOf: [{ required: ['text'] }, ...] }` says. */
function objectOf(api: DescribedApi, schema: Schema, known: Known): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], dependentRequired = {}, oneOf } = schema;
  const alternatives = (oneOf ?? [{}]).map((each) => each.required ?? []);
  const every = alternatives.flat();
  return anyOf(
    alternatives.map((chosen) => {
      const names = Object.keys(properties).filter((name) => !every.includes(name) || chosen.includes(name));
      const model = names.map((name) => [name, known[name] ?? valueFor(api, properties[name] ?? {}, known)]);
      const requiredKeys = [
        ...required,
        ...chosen,
        ...chosen.flatMap((name) => dependentRequired[name] ?? []),
      ];
      return someOf(Object.fromEntries(model) as Record<string, fc.Arbitrary<unknown>>, requiredKeys);
    }),
  );
}

function typed(api: DescribedApi, schema: Schema, known: Known): fc.Arbitrary<unknown> {
  switch (schema.type) {
    case 'string':
      return text(schema);
    case 'integer':
    case 'number':
      return number(schema);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array': {
      const { items = {}, minItems = 0, maxItems = 5 } = schema;
      return fc.array(valueFor(api, items, known), {
        minLength: minItems,
        maxLength: Math.max(minItems, Math.min(maxItems, 5)),
      });
    }
    case 'object':
      if (schema.properties || !schema.additionalProperties) return objectOf(api, schema, known);
      return fc.dictionary(
        valueFor(api, { type: 'string', maxLength: 20, ...schema.propertyNames }, known).map(String),
        valueFor(api, schema.additionalProperties === true ? {} : schema.additionalProperties, known),
        { maxKeys: 4, noNullPrototype: true },
      );
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

/** Values that keep the schema, as far as it says everything. Its examples come often: they keep what it cannot say. */
export function valueFor(api: DescribedApi, given: Schema, known: Known): fc.Arbitrary<unknown> {
  const schema = api.resolve(given);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? (schema.properties ? undefined : schema.oneOf);
  const made = choices
    ? anyOf(choices.map((choice) => valueFor(api, choice, known)))
    : Array.isArray(schema.type)
      ? anyOf(schema.type.map((type: string) => valueFor(api, { ...schema, type }, known)))
      : typed(api, schema, known);
  const { examples } = schema;
  return examples
    ? fc.oneof({ arbitrary: fc.constantFrom(...examples), weight: 12 }, { arbitrary: made, weight: 1 })
    : made;
}

/** What JSON can carry and nobody expects. */
export const ODD: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  '',
  ' ',
  '0',
  'null',
  '\u0000',
  '\ud800',
  '💬',
  '../../etc/passwd',
  '__proto__',
  "'; DROP TABLE instances; --",
  'x'.repeat(300),
  'x'.repeat(100_000),
  [],
  {},
  [[]],
  [null],
  { a: { b: [] } },
];
const odd = fc.constantFrom(...ODD);

/** A value with one place in it that is something else, is gone, or is new. */
export function spoiled(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .tuple(value, odd, fc.nat(), fc.constantFrom('replace', 'remove', 'add'))
    .map(([whole, other, place, how]) => change(whole, other, place, how));
}

function change(value: unknown, other: unknown, place: number, how: string): unknown {
  if (typeof value !== 'object' || value === null) return other;
  const names = Object.keys(value);
  if (how === 'add' || names.length === 0)
    return Array.isArray(value) ? [...value, other] : { ...value, [`odd${place % 3}`]: other };
  const name = names[place % names.length] ?? '';
  const inner: unknown = Reflect.get(value, name);
  const copy: Record<string, unknown> = { ...value };
  if (how === 'remove') delete copy[name];
  else
    copy[name] = typeof inner === 'object' && place % 2 === 0 ? change(inner, other, place >> 1, how) : other;
  return Array.isArray(value) ? Object.values(copy) : copy;
}
