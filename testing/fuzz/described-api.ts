/** What an API description promises, held against what a server answers: every status, media type and body. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

/** A schema of JSON Schema 2020-12, as far as descriptions are read here. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly contentEncoding?: string;
  readonly examples?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly propertyNames?: Schema;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly dependentRequired?: Readonly<Record<string, readonly string[]>>;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}
type Content = Readonly<Record<string, { readonly schema?: Schema }>>;
interface RawOperation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}
export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, RawOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export interface DescribedOperation extends RawOperation {
  /** In capitals. */
  readonly method: string;
  /** `/v1/instances/{id}`. */
  readonly path: string;
}
export interface GivenAnswer {
  readonly status: number;
  /** Empty when there is no body. */
  readonly contentType: string;
  /** Undefined for a stream that was not read to its end, and for bytes. */
  readonly text: string | undefined;
}

const ROOT = 'https://described.invalid/';
const isJson = (mediaType: string): boolean => /^application\/(\w+\+)?json$/.test(mediaType);
export const mediaTypeOf = (contentType: string): string => contentType.split(';')[0]?.trim() ?? '';

/** References lead into the whole document, and objects have no field that is not described. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, closed(part)]));
  if (typeof copy.$ref === 'string') copy.$ref = copy.$ref.replace(/^#/, `${ROOT}#`);
  if (copy.type === 'object' && copy.properties && copy.additionalProperties === undefined)
    copy.additionalProperties = false;
  return copy;
}

export class DescribedApi {
  readonly operations: readonly DescribedOperation[];
  readonly #schemas: Readonly<Record<string, Schema>>;
  readonly #ajv: Ajv2020;
  readonly #validators = new Map<Schema, ValidateFunction>();

  constructor({ paths, components }: Document) {
    this.operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        ...operation,
        method: method.toUpperCase(),
        path,
      })),
    );
    this.#schemas = components.schemas;
    this.#ajv = new Ajv2020({ strict: false, allErrors: false });
    formats.default(this.#ajv);
    this.#ajv.addSchema({ $id: ROOT, components: closed(components) });
  }

  /** The schema behind a reference. */
  resolve(schema: Schema): Schema {
    if (schema.$ref === undefined) return schema;
    const found = this.#schemas[schema.$ref.replace('#/components/schemas/', '')];
    if (!found) throw new Error(`The description has nothing at ${schema.$ref}.`);
    return found;
  }

  /** Why a value is not what the schema says; null when it is. */
  faultOf(schema: Schema, value: unknown): string | null {
    let validate = this.#validators.get(schema);
    if (!validate) {
      validate = this.#ajv.compile(closed(schema) as object);
      this.#validators.set(schema, validate);
    }
    return validate(value) ? null : this.#ajv.errorsText(validate.errors);
  }

  /** The schema of a JSON body that the operation takes; undefined when it takes none. */
  bodyOf({ requestBody }: DescribedOperation): Schema | undefined {
    return requestBody?.content['application/json']?.schema;
  }

  /** The schema of a form that the operation takes in place of JSON; undefined when it takes none. */
  formOf({ requestBody }: DescribedOperation): Schema | undefined {
    return requestBody?.content['multipart/form-data']?.schema;
  }

  /** What of an answer is not in the description; null when all of it is. */
  undescribed(operation: DescribedOperation, { status, contentType, text }: GivenAnswer): string | null {
    const name = `${operation.method} ${operation.path}`;
    const response = operation.responses[String(status)];
    if (!response) return `${name} answers ${status}, which is not described: ${text?.slice(0, 300) ?? ''}`;
    const type = mediaTypeOf(contentType);
    if (!response.content)
      return text
        ? `${name} answers ${status} with a body, and none is described: ${text.slice(0, 300)}`
        : null;
    const media = response.content[type] ?? response.content['*/*'];
    if (!media) return `${name} answers ${status} as "${type}", which is not described.`;
    if (!media.schema || text === undefined || !isJson(type)) return null;
    const fault = this.faultOf(media.schema, JSON.parse(text));
    return (
      fault &&
      `${name} answers ${status} with a body that is not as described: ${fault}: ${text.slice(0, 300)}`
    );
  }
}
