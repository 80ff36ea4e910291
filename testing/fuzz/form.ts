/** Forms with files, as `multipart/form-data` carries them: a part for each value, all of them text. */
import type { DescribedApi, Schema } from './described-api.js';

export type FormPart = readonly [name: string, value: string];

/** The part that is a file; any other is a field. */
const FILE = 'file';

export const asText = (value: unknown): string =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);

/** A value of the form's schema, part by part: a list has one for each item. */
export const partsOf = (form: unknown): FormPart[] =>
  Object.entries(typeof form === 'object' && form !== null ? form : {}).flatMap(([name, value]) =>
    [value].flat().map((one): FormPart => [name, asText(one)]),
  );

export function formDataOf(parts: readonly FormPart[]): FormData {
  const data = new FormData();
  for (const [name, value] of parts)
    if (name === FILE) data.append(name, new Blob([value], { type: 'image/png' }), 'a.png');
    else data.append(name, value);
  return data;
}

function readBack(schema: Schema, texts: readonly string[]): unknown {
  const [text = ''] = texts;
  if (schema.type === 'array' || texts.length > 1) return texts;
  switch (schema.type) {
    case 'boolean':
    case 'integer':
    case 'object':
      try {
        return JSON.parse(text);
      } catch {
        return text;
      }
    default:
      return text;
  }
}

/** What the parts say, to be held against the schema of the form. */
export const readForm = (api: DescribedApi, form: Schema, parts: readonly FormPart[]): unknown =>
  Object.fromEntries(
    parts.map(([name]) => {
      const texts = parts.filter(([other]) => other === name).map(([, text]) => text);
      return [name, readBack(api.resolve(form.properties?.[name] ?? {}), texts)];
    }),
  );
