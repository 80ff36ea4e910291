/** A schema of the description as people read it: a line where a line is enough, else a list of its fields. */
import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

/** What of JSON Schema the description uses. */
export interface ShownSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly format?: string;
  readonly contentEncoding?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: ShownSchema;
  readonly properties?: Readonly<Record<string, ShownSchema>>;
  readonly additionalProperties?: boolean | ShownSchema;
  readonly required?: readonly string[];
  readonly anyOf?: readonly ShownSchema[];
  readonly oneOf?: readonly ShownSchema[];
  readonly allOf?: readonly ShownSchema[];
}

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

const nameOf = ($ref: string): string => $ref.split('/').at(-1) ?? '';
const code = (value: unknown): Html => html`<code>${JSON.stringify(value)}</code>`;
const between = (items: readonly Html[], separator: string): Html =>
  html`${items.map((item, index) => (index === 0 ? item : html`${separator}${item}`))}`;

const range = (least: number | undefined, most: number | undefined, unit: string): string => {
  if (least === undefined && most === undefined) return '';
  if (most === undefined) return `at least ${least}${unit}`;
  return least === undefined ? `at most ${most}${unit}` : `${least} to ${most}${unit}`;
};

/** What a value must keep to besides its type. */
function rulesOf(schema: ShownSchema): Html {
  const words = [
    schema.format ?? '',
    schema.contentEncoding ?? '',
    range(schema.minLength, schema.maxLength, ' characters'),
    range(schema.minimum, schema.maximum, ''),
    range(schema.minItems, schema.maxItems, ' items'),
  ].filter((word) => word !== '');
  const { pattern, default: usual } = schema;
  return html`${words.map((word) => html`, ${word}`)}${pattern ? html`, <code>${pattern}</code>` : ''}${usual === undefined ? '' : html`, ${code(usual)} by default`}`;
}

/** The type in a line. */
export function typeOf(schema: ShownSchema): Html {
  if (schema.$ref) {
    const name = nameOf(schema.$ref);
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum) return between(schema.enum.map(code), ' | ');
  const choices = schema.anyOf ?? (schema.properties ? undefined : schema.oneOf);
  if (choices) return between(choices.map(typeOf), ' | ');
  if (schema.items) return html`list of ${typeOf(schema.items)}${rulesOf(schema)}`;
  const values = schema.additionalProperties;
  if (!schema.properties && typeof values === 'object' && Object.keys(values).length > 0)
    return html`object of ${typeOf(values)}`;
  const type = [schema.type ?? 'any value'].flat().join(' | ');
  return html`${type}${rulesOf(schema)}`;
}

/** What there is to be unfolded: the fields of an object, also behind a list or a null. */
function inside(schema: ShownSchema): readonly ShownSchema[] {
  if (schema.properties) return [schema];
  if (schema.items) return inside(schema.items);
  return [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap(inside);
}

const example = ({ examples }: ShownSchema): Html =>
  examples?.length ? html` For example ${between(examples.slice(0, 3).map(code), ', ')}.` : html``;

/** The fields of a schema, and of what is in them; nothing where the line says it all. */
export function fieldsOf(schema: ShownSchema): Html {
  return html`${inside(schema).map(
    ({ properties = {}, required = [] }) => html`<dl>
${Object.entries(properties).map(
  ([
    name,
    field,
  ]) => html`<dt><code>${name}</code>${required.includes(name) ? html` <b>required</b>` : ''} <i>${typeOf(field)}</i></dt>
<dd>${field.description ?? ''}${example(field)}${fieldsOf(field)}</dd>
`,
)}</dl>`,
  )}`;
}
