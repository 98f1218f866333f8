// Lines of `date` between snapshots, which say when the next one was taken.

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const EPOCH = /^(\d{9,10})(?:[.,](\d{1,9}))?$/;
const EPOCH_NS = /^\d{19}$/;
const ISO = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))? ?(Z|[+-]\d\d:?\d\d)$/;
const RFC_EMAIL = /^\w{3}, (\d\d?) (\w{3}) (\d{4}) (\d\d):(\d\d):(\d\d) ([+-]\d{4})$/;
const PLAIN =
  /^\w{3} {1,2}(\w{3}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d) (?:([AP])M )?([A-Z][A-Za-z]{1,5}|[+-]\d\d) (\d{4})$/;

const nanoseconds = (fraction: string | undefined): bigint => BigInt((fraction ?? '').padEnd(9, '0'));

function moment(words: readonly (number | string)[], zone: string, fraction?: string): bigint {
  const [year, month, day, hour, minute, second] = words.map(Number);
  const offset = /^([+-])(\d\d):?(\d\d)?$/.exec(zone);
  const away =
    offset === null ? 0 : (Number(offset[2]) * 60 + Number(offset[3] ?? 0)) * (offset[1] === '-' ? -60_000 : 60_000);
  return BigInt(Date.UTC(year, month - 1, day, hour, minute, second) - away) * 1_000_000n + nanoseconds(fraction);
}

/**
 * Nanoseconds since the epoch that the line states: `date +%s.%N`, `+%s`, `+%s%N`, `--iso-8601=ns`, `--rfc-3339=ns`, `-R` and plain `date`.
 * Null for a stamp whose time zone is only a name, undefined when the line is no stamp.
 */
export function readStamp(line: string): bigint | null | undefined {
  if (line.length > 80) return undefined;
  const text = line.replace(/^[\s#=]+/, '').replace(/[\s=]+$/, '');
  const epoch = EPOCH.exec(text);
  if (epoch !== null) return BigInt(epoch[1]) * 1_000_000_000n + nanoseconds(epoch[2]);
  if (EPOCH_NS.test(text)) return BigInt(text);
  const iso = ISO.exec(text);
  if (iso !== null) return moment(iso.slice(1, 7), iso[8], iso[7]);
  const email = RFC_EMAIL.exec(text);
  if (email !== null) {
    const [, day, name, year, hour, minute, second, zone] = email;
    const month = MONTHS.indexOf(name) + 1;
    return month === 0 ? undefined : moment([year, month, day, hour, minute, second], zone);
  }
  const plain = PLAIN.exec(text);
  if (plain === null) return undefined;
  const [, name, day, hour, minute, second, half, zone, year] = plain;
  const month = MONTHS.indexOf(name) + 1;
  if (month === 0) return undefined;
  if (!(zone === 'UTC' || zone === 'GMT' || /^[+-]/.test(zone))) return null;
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half === 'P' ? 12 : 0);
  return moment([year, month, day, hours, minute, second], zone);
}
