// Shows the question in <script type="application/json" id="question-data"> as a student will see it.
//
// The page holds an element with id "question-preview" (class "exam"), loads /static/exam/exam.css and this module. The data is
// {"question": {… as in the paper file …}, "stimulus": "<html>" or null, "value": an answer or null, "order": [ids] or
// null, "language": "id" or "en"}. Nothing is saved; answering only tries the question out.

import { renderQuestion } from "./question_view.js";
import { speak } from "./words.js";

const data = JSON.parse(document.getElementById("question-data").textContent);
const container = document.getElementById("question-preview");
speak(data.language || document.documentElement.lang);
const view = renderQuestion(container, data.question, {
  value: data.value ?? null,
  order: data.order ?? null,
  stimulus: data.stimulus || "",
  readOnly: Boolean(data.read_only),
});
container.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input[type=text], textarea");
  if (!typing && !event.ctrlKey && !event.altKey && !event.metaKey && view.key(event)) event.preventDefault();
});
