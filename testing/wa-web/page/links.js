/** The links in a text, as objects with `href`. */
export function findLinks(text) {
  return [...(text ?? '').matchAll(/https?:\/\/\S+/g)].map(([href]) => ({
    href,
    suspiciousCharacters: new Set(),
  }));
}

export const findLink = (text) => findLinks(text)[0];
