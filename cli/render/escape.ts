// Makes text from captures harmless on a terminal: command names, paths and addresses can hold anything.

/** C0 and C1 controls, DEL, line separators, and characters that reorder what follows (bidirectional overrides). */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Unsafe characters as `\x1b` or `\u202e`; a backslash stays as it is. */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, (char) => {
    const code = char.charCodeAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
