import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJavaProperties } from './java-properties.ts'

const values = (text: string): Record<string, string> =>
  Object.fromEntries([...parseJavaProperties(text).properties].map(([key, { value }]) => [key, value]))

/** Input and result were printed by `java.util.Properties.load` of OpenJDK 17. */
const NASTY = String.raw`# comment = not a key \
plain=value
! another comment
  indented : spaced value  
colon:a:b=c
spaces   many words here
no.value
empty=
escaped\ key\=with\:all = x
tab\tkey=t\tb
unicode=\u00e9\u4E2D
long = one, \
       two, \
   	 three
backslashes=C:\\dir\\
odd=three\\\
  continued
hash=a#b
cont.comment=a\
# not a comment
dropped=\q\"quoted\"
dup=first
dup=second
=emptykey
last=eof\
`

const AS_JAVA_READS_IT = {
  '': 'emptykey',
  backslashes: 'C:\\dir\\',
  colon: 'a:b=c',
  'cont.comment': 'a# not a comment',
  dropped: 'q"quoted"',
  dup: 'second',
  empty: '',
  'escaped key=with:all': 'x',
  hash: 'a#b',
  indented: 'spaced value  ',
  last: 'eof',
  long: 'one, two, three',
  'no.value': '',
  odd: 'three\\continued',
  plain: 'value',
  spaces: 'many words here',
  'tab\tkey': 't\tb',
  unicode: 'é中',
}

test('reads what java.util.Properties reads', () => {
  assert.deepEqual(values(NASTY), AS_JAVA_READS_IT)
})

test('line ends of every system, and a byte order mark', () => {
  assert.deepEqual(values('\ufeffa=1\r\nb=2\rc=3\nd=4\\\r\n  5'), { a: '1', b: '2', c: '3', d: '45' })
})

test('places are those of the key', () => {
  const { properties } = parseJavaProperties('# one\n\n   key = a\\\n b\nnext=1')
  assert.deepEqual(properties.get('key'), { value: 'ab', line: 3, column: 4 })
  assert.equal(properties.get('next')?.line, 5)
})

test('a unicode escape without its digits is told, not guessed', () => {
  const { problems } = parseJavaProperties('ok=1\nbad=\\u12x4')
  assert.deepEqual(
    problems.map(({ line }) => line),
    [2],
  )
})
