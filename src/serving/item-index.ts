import { asksOfValues, type Condition, type FieldValue, type Filter, satisfies } from './filters.ts'
import { ItemSet } from './item-set.ts'

/**
 * Which items satisfy a filter, by what each field holds: numbers as a column, of everything else the items of each value. A
 * field is read when it is first asked for and then kept up to date, so that fields which no filter names cost nothing.
 */
export class ItemIndex {
  readonly #valuesOf: (id: number, field: string) => readonly FieldValue[]
  readonly #fields = new Map<string, Field>()
  #size: number

  /**
   * @param size ids are below it
   * @param valuesOf what an item has in a field, as it is now
   */
  constructor(size: number, valuesOf: (id: number, field: string) => readonly FieldValue[]) {
    this.#size = size
    this.#valuesOf = valuesOf
  }

  /** To be told of each item that has changed, or that is new; new ids follow the others. */
  changed(id: number): void {
    this.#size = Math.max(this.#size, id + 1)
    for (const [name, field] of this.#fields) field.put(id, this.#valuesOf(id, name))
  }

  select(filter: Filter): ItemSet {
    if (filter.all !== undefined)
      return filter.all.reduce((found, part) => found.keep(this.select(part)), ItemSet.below(this.#size))
    if (filter.any !== undefined)
      return filter.any.reduce((found, part) => found.unite(this.select(part)), new ItemSet(this.#size))
    if (filter.not !== undefined) return ItemSet.below(this.#size).remove(this.select(filter.not))
    const field = this.#field(filter.field ?? '')
    if (asksOfValues(filter))
      return filter.exists === false ? new ItemSet(this.#size) : field.satisfying(filter, this.#size)
    return filter.exists ? field.present() : ItemSet.below(this.#size).remove(field.present())
  }

  #field(name: string): Field {
    let field = this.#fields.get(name)
    if (field === undefined) {
      // The names of fields come with requests: without a bound they would fill the memory.
      if (this.#fields.size >= MOST_FIELDS) this.#fields.delete([...this.#fields.keys()][0])
      field = new Field()
      for (let id = 0; id < this.#size; id++) field.put(id, this.#valuesOf(id, name))
      this.#fields.set(name, field)
    }
    return field
  }
}

const MOST_FIELDS = 64

class Field {
  /** The one number of an item; NaN where it has none or several. */
  #numbers = new Float64Array()
  /** Of items with more than one number. */
  readonly #several = new Map<number, readonly number[]>()
  /** Items of each text, true and false. One item is kept by itself, as of titles. */
  readonly #items = new Map<string | boolean, number | Set<number>>()
  readonly #words = new Map<number, readonly (string | boolean)[]>()
  readonly #present = new ItemSet()

  put(id: number, values: readonly FieldValue[]): void {
    for (const word of this.#words.get(id) ?? []) this.#leave(word, id)
    this.#words.delete(id)
    this.#several.delete(id)
    if (id < this.#numbers.length) this.#numbers[id] = Number.NaN
    if (values.length === 0) {
      this.#present.delete(id)
      return
    }
    this.#present.add(id)
    const numbers = values.filter((value) => typeof value === 'number')
    if (numbers.length === 1) this.#putNumber(id, numbers[0])
    else if (numbers.length > 1) this.#several.set(id, numbers)
    const words = values.filter((value) => typeof value !== 'number')
    if (words.length === 0) return
    this.#words.set(id, words)
    for (const word of words) this.#enter(word, id)
  }

  present(): ItemSet {
    return this.#present.copy()
  }

  satisfying(condition: Condition, size: number): ItemSet {
    const found = new ItemSet(size)
    const { equals, has, in: among } = condition
    const named = equals ?? has
    const wanted = named === undefined ? among : [named]
    const isNumber = (value: FieldValue) => typeof value === 'number'
    if (wanted === undefined || wanted.some(isNumber)) this.#addNumbers(found, condition)
    const words =
      wanted === undefined ? this.#items.keys() : new Set(wanted.filter((value) => typeof value !== 'number'))
    for (const word of words) if (satisfies(word, condition)) this.#addItemsOf(word, found)
    return found
  }

  #addNumbers(found: ItemSet, condition: Condition): void {
    const { equals, has, in: among } = condition
    if (equals === undefined && has === undefined && among === undefined) this.#addBetween(found, condition)
    else {
      const numbers = this.#numbers
      for (let id = 0; id < numbers.length; id++) if (satisfies(numbers[id], condition)) found.add(id)
    }
    for (const [id, numbers] of this.#several) if (numbers.some((one) => satisfies(one, condition))) found.add(id)
  }

  #addBetween(found: ItemSet, { lt, lte, gt, gte }: Condition): void {
    // A bound that is text has no number beside it.
    if ([lt, lte, gt, gte].some((bound) => typeof bound === 'string')) return
    const [below, most] = [Number(lt ?? Number.POSITIVE_INFINITY), Number(lte ?? Number.POSITIVE_INFINITY)]
    const [above, least] = [Number(gt ?? Number.NEGATIVE_INFINITY), Number(gte ?? Number.NEGATIVE_INFINITY)]
    const numbers = this.#numbers
    for (let id = 0; id < numbers.length; id++) {
      const number = numbers[id]
      if (number < below && number <= most && number > above && number >= least) found.add(id)
    }
  }

  #addItemsOf(word: string | boolean, found: ItemSet): void {
    const items = this.#items.get(word)
    if (typeof items === 'number') found.add(items)
    else if (items !== undefined) for (const id of items) found.add(id)
  }

  #putNumber(id: number, number: number): void {
    if (id >= this.#numbers.length) {
      const numbers = new Float64Array(Math.max(id + 1, this.#numbers.length * 2)).fill(Number.NaN)
      numbers.set(this.#numbers)
      this.#numbers = numbers
    }
    this.#numbers[id] = number
  }

  #enter(word: string | boolean, id: number): void {
    const items = this.#items.get(word)
    if (items === undefined) this.#items.set(word, id)
    else if (typeof items !== 'number') items.add(id)
    else if (items !== id) this.#items.set(word, new Set([items, id]))
  }

  #leave(word: string | boolean, id: number): void {
    const items = this.#items.get(word)
    if (items === id || (typeof items === 'object' && items.delete(id) && items.size === 0)) this.#items.delete(word)
  }
}
