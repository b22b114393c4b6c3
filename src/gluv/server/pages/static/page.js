// What every page gets; all of it works without.
import { offerCopies } from "./copy.js";
import { drawNeeds } from "./graph.js";
import { listen } from "./live.js";
import { openLog } from "./log.js";
import { openTheme } from "./toggle.js";
import { showTimes } from "./times.js";
import { takeKeys } from "./keys.js";

openTheme();
offerCopies(document);
showTimes(document);
drawNeeds();
takeKeys();
const log = openLog();
listen(log);
