// Who holds a socket, as ss -p prints it: users:(("nginx",pid=1,fd=6),("nginx",pid=2,fd=6)). Names may contain any character.

export interface Holder {
  readonly comm: string;
  readonly pid: number;
  readonly fd: number;
}

const START = 'users:((';
/** TASK_COMM_LEN less one, and the quotes around it; ss may print the name of another source, which is longer. */
const LONGEST_NAME = 256;
const MOST_HOLDERS = 65536;
const NUMBERS = /",pid=(\d{1,10}),(?:proc_ctx=[^,)]{0,200},)?fd=(\d{1,10})(?:,sock_ctx=[^)]{0,200})?\)/y;

/** The holders, and where the list ends in the text. Null when the text has no such list. */
export function readUsers(text: string): { holders: Holder[]; end: number } | null {
  const start = text.indexOf(START);
  if (start < 0) return null;
  const holders: Holder[] = [];
  let at = start + START.length;
  while (holders.length < MOST_HOLDERS && text[at] === '"') {
    const from = at + 1;
    // the first quote that the numbers follow ends the name
    for (at = text.indexOf('"', from); at >= 0 && at - from <= LONGEST_NAME; at = text.indexOf('"', at + 1)) {
      NUMBERS.lastIndex = at;
      const numbers = NUMBERS.exec(text);
      if (numbers === null) continue;
      holders.push({ comm: text.slice(from, at), pid: Number(numbers[1]), fd: Number(numbers[2]) });
      at = NUMBERS.lastIndex;
      break;
    }
    if (at < 0 || !text.startsWith(',(', at)) break;
    at += 2;
  }
  return { holders, end: Math.max(at, start) };
}
