// What a reader sees of HTML: without its tags, entities as characters, white space as one space.
const ENTITY: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
  '#8203': '\u200b',
};

export const seenText = (html: string): string =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(amp|lt|gt|quot|#39|#8203);/g, (_, name: string) => ENTITY[name])
    .replace(/\s+/g, ' ')
    .trim();
