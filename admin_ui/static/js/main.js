// What every page has. Behaviour is bound by `data-` attributes on the document, so that it outlives a swap.
import "./zone.js";
import "./live.js";
import "./modal.js";
import "./copy.js";
import "./select.js";
import "./shortcuts.js";
import "./focus.js";
import "./playground.js";
import "./chart.js";
import "./newer.js";
import "./ticking.js";
