import { delay, faults } from './faults.js';

/** The links in a text, as objects with `href`. */
export function findLinks(text) {
  return [...(text ?? '').matchAll(/https?:\/\/\S+/g)].map(([href]) => ({
    href,
    suspiciousCharacters: new Set(),
  }));
}

export const findLink = (text) => findLinks(text)[0];

/** What is behind a link, as the real page tells it: the fields of a message. Nothing is fetched here. */
export async function getLinkPreview({ href }) {
  if (faults.linkPreview === 'reject') throw new Error('no preview');
  await delay(faults.linkPreviewMs ?? 0);
  if (faults.linkPreview === 'none') return undefined;
  const { hostname } = new URL(href);
  return {
    url: href,
    data: {
      title: `About ${hostname}`,
      description: `What is at ${href}`,
      canonicalUrl: href,
      matchedText: href,
      richPreviewType: 0,
      doNotPlayInline: true,
    },
  };
}
