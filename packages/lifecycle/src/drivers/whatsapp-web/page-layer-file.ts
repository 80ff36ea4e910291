/**
 * An operator's own repair of the page, without a release: a JavaScript file that is evaluated in each document after our
 * own repairs, at the same seam (page-seam.ts). It is read once, when the driver is made.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Script } from 'node:vm';
import { LifecycleError, messageOf } from '../../domain/errors.js';

/** As it stands in the environment: `name=value`, or a name alone for any value. */
export interface PageLayerLabel {
  readonly name: string;
  readonly value: string | null;
}

export interface PageLayerFile {
  readonly path: string;
  /** `file:` and the first of its SHA-256: how logs and reports call this content. */
  readonly name: string;
  /** What is evaluated in a document: the file, and that it is in force once it has run. */
  readonly source: string;
  /** Only instances with this label get it; null for all. */
  readonly label: PageLayerLabel | null;
}

type Labels = Readonly<Record<string, string>>;

/** @throws LifecycleError INVALID_INPUT */
export function readPageLayerFile(path: string, label: string | undefined): PageLayerFile {
  const text = read(path);
  const name = `file:${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
  // A block of its own: what the file declares stays its own, and an error in it leaves it not in force.
  const source = `{\n${text}\n}\nglobalThis.wakeeperSeam.inForce(${JSON.stringify(name)});`;
  for (const script of [text, source]) parse(path, script);
  return { path, name, source, label: label === undefined ? null : labelOf(label) };
}

export function isMeantFor({ label }: PageLayerFile, labels: Labels): boolean {
  if (label === null) return true;
  const given = Object.hasOwn(labels, label.name) ? labels[label.name] : undefined;
  return given !== undefined && (label.value === null || given === label.value);
}

export const inWords = ({ path, name, label }: PageLayerFile): string => {
  const whose =
    label === null
      ? 'every instance'
      : `the instances with the label ${label.name}${label.value === null ? '' : `=${label.value}`}`;
  return `PAGE_LAYER_FILE ${path} (${name}) is evaluated in the page of ${whose}. It can do all that the page can: read and send messages.`;
};

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw refused(
      `PAGE_LAYER_FILE ${path} cannot be read (${messageOf(cause)}). Correct the path, or unset it.`,
      cause,
    );
  }
}

function parse(path: string, script: string): void {
  try {
    new Script(script, { filename: path });
  } catch (cause) {
    throw refused(
      `PAGE_LAYER_FILE ${path} is no JavaScript that a page can run (${messageOf(cause)}). Correct it, or unset PAGE_LAYER_FILE.`,
      cause,
    );
  }
}

function labelOf(label: string): PageLayerLabel {
  const [name = '', ...rest] = label.split('=');
  if (!name)
    throw refused(`PAGE_LAYER_LABEL must be a label as name=value or name, and is ${JSON.stringify(label)}.`);
  return { name, value: rest.length === 0 ? null : rest.join('=') };
}

const refused = (message: string, cause?: unknown): LifecycleError =>
  new LifecycleError('INVALID_INPUT', { message, ...(cause === undefined ? {} : { cause }) });
