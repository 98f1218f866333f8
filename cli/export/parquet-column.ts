// One column of the rows that are in memory: whole numbers in a typed array, so that millions of them are not millions of objects.

export type ColumnType = 'INT64' | 'DOUBLE' | 'STRING';
export type Value = bigint | number | string | null;

export class Column {
  readonly name: string;
  readonly type: ColumnType;
  /** Written over by the next group. */
  private readonly numbers: BigInt64Array | null;
  private readonly others: Value[];
  /** Rows of `numbers` that are null. */
  private readonly nulls: number[] = [];

  constructor(name: string, type: ColumnType, rows: number) {
    this.name = name;
    this.type = type;
    this.numbers = type === 'INT64' ? new BigInt64Array(rows) : null;
    this.others = type === 'INT64' ? [] : new Array<Value>(rows).fill(null);
  }

  set(row: number, value: Value): void {
    if (this.numbers === null) this.others[row] = value;
    else if (value === null) this.nulls.push(row);
    else this.numbers[row] = value as bigint;
  }

  /** The first `count` rows, for a writer that is done with them before the next is set. */
  take(count: number): BigInt64Array | Value[] {
    if (this.numbers === null) return this.others.slice(0, count);
    const numbers = this.numbers.subarray(0, count);
    if (this.nulls.length === 0) return numbers;
    const values: Value[] = Array.from(numbers);
    for (const row of this.nulls) values[row] = null;
    this.nulls.length = 0;
    return values;
  }
}
