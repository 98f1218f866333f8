// Text as roff takes it: nothing in it is a request or an escape of its own, and a minus is one that can be copied.

const WIDTH = 76;

/** Backslashes and quotes that roff would read, and dashes that it would make hyphens of. */
const escaped = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti');

/** A line as it stands; one that would begin with a control character does not. */
export const roffLine = (text: string): string => escaped(text).replace(/^(?=[.])/, '\\&');

/** Prose, in lines as short as mandoc wants them; what is typed is not hyphenated. */
export function roffProse(text: string): string[] {
  const words = text.split(/\s+/).map((word) => (/\w[<>=_/]\w/.test(word) ? `\\%${escaped(word)}` : escaped(word)));
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > WIDTH) lines.push(word.replace(/^(?=[.])/, '\\&'));
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

/** Text between quotes, as an argument of a macro. */
export const roffArgument = (text: string): string => `"${escaped(text).replaceAll('"', '\\(dq')}"`;

export const bold = (text: string): string => `\\fB${escaped(text)}\\fR`;
export const italic = (text: string): string => `\\fI${escaped(text)}\\fR`;
