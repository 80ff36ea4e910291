/**
 * The description as one page for people: HTML and a style, no script, nothing from elsewhere. So it is there without
 * the internet, under any path, and under a policy that lets nothing run.
 */
import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import { STYLE } from './docs-style.js';
import { fieldsOf, type Html, type ShownSchema, typeOf } from './shown-schema.js';

type Content = Readonly<Record<string, { readonly schema?: ShownSchema }>>;
interface ShownParameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: ShownSchema;
}
interface ShownOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly ShownParameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
}
/** The description as it stands in openapi.json. */
export interface ShownDocument {
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, ShownOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, ShownSchema>> };
}
interface Route extends ShownOperation {
  readonly method: string;
  readonly path: string;
}

/** Nothing is loaded and nothing runs; nobody puts the page into a frame. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The two signs of Markdown that the texts have. */
function textOf(text: string): Html {
  const parts = text.split(/(`[^`]+`)/);
  return html`${parts.map((part) => (part.startsWith('`') && part.length > 1 ? html`<code>${part.slice(1, -1)}</code>` : part))}`;
}
const paragraphs = (text: string): Html =>
  html`${text.split('\n\n').map((part) => html`<p>${textOf(part)}</p>`)}`;

const exampleOf = (schema: ShownSchema): unknown => schema.examples?.[0] ?? schema.enum?.[0] ?? schema.type;

/** What can be typed into a shell, with the fields that must be there. */
function curlOf({ method, path, security, requestBody }: Route): string {
  const {
    properties = {},
    required = [],
    oneOf = [],
  } = requestBody?.content['application/json']?.schema ?? {};
  const names = [...required, ...(oneOf[0]?.required ?? [])];
  const body = Object.fromEntries(names.map((name) => [name, exampleOf(properties[name] ?? {})]));
  return [
    `curl${method === 'GET' ? '' : ` -X ${method}`} "$WAKEEPER_URL${path.replace(/\{(\w+)\}/g, '$$$1')}"`,
    ...(security?.length === 0 ? [] : [`-H "X-Api-Key: $WAKEEPER_API_KEY"`]),
    ...(requestBody ? ["-H 'content-type: application/json'", `-d '${JSON.stringify(body)}'`] : []),
  ].join(' \\\n  ');
}

const parameterOf = ({
  name,
  in: place,
  required,
  schema,
}: ShownParameter): Html => html`<dt><code>${name}</code> ${place}${required ? html` <b>required</b>` : ''} <i>${typeOf(schema)}</i></dt>
<dd>${textOf(schema.description ?? '')}</dd>
`;

const contentOf = (content: Content): Html =>
  html`${Object.entries(content).map(
    ([type, { schema }]) =>
      html`<p><code>${type}</code> ${schema && !schema.allOf ? html`<i>${typeOf(schema)}</i>` : ''}</p>${schema && !schema.$ref ? fieldsOf(schema) : ''}`,
  )}`;

const operationOf = (route: Route): Html => html`<details id="${route.operationId}">
<summary><span class="method ${route.method.toLowerCase()}">${route.method}</span> <code>${route.path}</code> <span>${route.summary}</span></summary>
${route.description ? paragraphs(route.description) : ''}
<pre>${curlOf(route)}</pre>
${route.parameters?.length ? html`<h4>Parameters</h4><dl>${route.parameters.map(parameterOf)}</dl>` : ''}
${route.requestBody ? html`<h4>Body${route.requestBody.required ? '' : ', which may be left out'}</h4>${contentOf(route.requestBody.content)}` : ''}
<h4>Answers</h4>
<dl>${Object.entries(route.responses).map(
  ([
    status,
    { description, content },
  ]) => html`<dt><b class="s${status.charAt(0)}">${status}</b></dt><dd>${textOf(description)}${content ? contentOf(content) : ''}</dd>
`,
)}</dl>
</details>
`;

const sectionOf = (
  name: string,
  description: string,
  routes: readonly Route[],
): Html => html`<section id="tag-${name}">
<h2>${name}</h2>
<p>${description}</p>
${routes.map(operationOf)}</section>
`;

const schemaOf = (name: string, schema: ShownSchema): Html => html`<details id="schema-${name}" open>
<summary><code>${name}</code> <span>${textOf(schema.description ?? '')}</span></summary>
${schema.properties || schema.oneOf || schema.anyOf ? fieldsOf(schema) : html`<p>${typeOf(schema)}</p>`}
</details>
`;

/** @param document as it stands in openapi.json */
export async function docsPage({ info, tags, paths, components }: ShownDocument): Promise<string> {
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase(),
      path,
    })),
  );
  const page = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.title} API</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<nav>
<a href="#top">${info.title}</a>
${tags.map(
  ({ name }) => html`<a href="#tag-${name}">${name}</a>
`,
)}<a href="#schemas">schemas</a>
<a href="openapi.json">openapi.json</a>
</nav>
<main id="top">
<h1>${info.title} API <small>${info.version}</small></h1>
${paragraphs(info.description)}
${tags.map(({ name, description }) =>
  sectionOf(
    name,
    description,
    routes.filter((route) => route.tags.includes(name)),
  ),
)}<section id="schemas">
<h2>schemas</h2>
${Object.entries(components.schemas).map(([name, schema]) => schemaOf(name, schema))}</section>
</main>
</body>
</html>
`;
  return String(page);
}
