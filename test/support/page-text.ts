// What a reader sees of HTML: without its tags, entities as characters, white space as one space.
const ENTITY: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
  '#8203': '\u200b',
};

/** Entities as the characters that they stand for. */
export const charactersOf = (html: string): string =>
  html.replace(/&(amp|lt|gt|quot|#39|#8203);/g, (_, name: string) => ENTITY[name]);

export const seenText = (html: string): string =>
  charactersOf(html.replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim();
