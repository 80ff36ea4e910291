import { expect, it } from 'vitest';
import { nameOfType } from './media-name.js';

it.each([
  ['application/pdf', 'document.pdf'],
  ['APPLICATION/PDF; x=1', 'document.pdf'],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'document.docx'],
  ['application/vnd.ms-excel', 'document.xls'],
  ['text/csv', 'document.csv'],
  ['text/plain; charset=utf-8', 'document.txt'],
  ['image/jpeg', 'image.jpg'],
  ['audio/ogg; codecs=opus', 'audio.ogg'],
  ['audio/x-wav', 'audio.wav'],
  ['video/mp4', 'video.mp4'],
  ['application/octet-stream', 'document.bin'],
  ['', 'document.bin'],
])('a file of type %s is called %s', (mimetype, name) => {
  expect(nameOfType(mimetype)).toBe(name);
});
