/** How the page of the description looks. */
export const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d9dee3, #363d45); --soft: light-dark(#f5f7f9, #1b2026); --quiet: light-dark(#57606a, #9aa4af); }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; background: light-dark(#fff, #14181d); color: light-dark(#1c2126, #dfe4e9); display: grid; grid-template-columns: 11rem minmax(0, 60rem); gap: 2rem; padding: 0 1.5rem 4rem; }
nav { position: sticky; top: 0; align-self: start; padding: 2.2rem 0; display: flex; flex-direction: column; gap: .35rem; }
nav a:first-child { font-weight: 700; }
a { color: light-dark(#0a5c8f, #7cc0ee); text-decoration: none; }
a:hover { text-decoration: underline; }
h1 { margin: 2rem 0 1rem; }
h1 small { font-size: .9rem; font-weight: 400; color: var(--quiet); }
h2 { margin: 2.5rem 0 .25rem; text-transform: capitalize; }
h4 { margin: 1rem 0 .25rem; }
code, pre { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: .75rem; overflow-x: auto; white-space: pre-wrap; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; padding: 0 .9rem; }
details[open] { padding-bottom: .75rem; }
summary { cursor: pointer; padding: .5rem 0; display: flex; flex-wrap: wrap; gap: .2rem .75rem; align-items: baseline; }
summary > span:last-child { color: var(--quiet); }
details:target { border-color: light-dark(#0a5c8f, #7cc0ee); }
.method { font: 700 12px/1.4 ui-monospace, monospace; color: #fff; border-radius: 4px; padding: .1rem 0; width: 4.2rem; text-align: center; background: #57606a; }
.get { background: #1f6f43; } .post { background: #0a5c8f; } .patch { background: #8a5a00; } .delete { background: #a32424; }
dl { margin: .25rem 0 .25rem .25rem; padding-left: .75rem; border-left: 2px solid var(--line); }
dt { margin-top: .4rem; }
dd { margin: 0 0 0 1rem; color: var(--quiet); }
dd p { margin: .2rem 0; }
dt b { font-size: .8em; color: light-dark(#a32424, #f08c8c); }
dt b.s2 { font-size: 1em; color: light-dark(#1f6f43, #6fd09d); } dt b.s4, dt b.s5 { font-size: 1em; }
i { font-style: normal; color: var(--quiet); font-size: .93em; }
@media (max-width: 50rem) { body { display: block; padding: 0 1rem 3rem; } nav { position: static; flex-flow: row wrap; padding: 1rem 0 0; } }
`;
