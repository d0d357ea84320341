// Counts a few short texts with every tokenizer, in the form in which `src/core/estimate/accuracy.rs` holds them.

import { fetchAll } from "./fetch.mjs";
import { countAll, FAMILIES } from "./tokenizers.mjs";

const SAMPLES = {
  English: "The committee met on Tuesday to discuss the new budget. Nobody expected the vote to be so close, but in the end the proposal passed by a single voice. Its opponents said they would try again next year.",
  German: "Der Ausschuss traf sich am Dienstag, um über den neuen Haushalt zu beraten. Niemand hatte erwartet, dass die Abstimmung so knapp ausfallen würde, doch am Ende wurde der Vorschlag angenommen.",
  French: "Le comité s'est réuni mardi pour discuter du nouveau budget. Personne ne s'attendait à un vote aussi serré, mais la proposition a finalement été adoptée à une voix près.",
  Russian: "Комитет собрался во вторник, чтобы обсудить новый бюджет. Никто не ожидал, что голосование будет таким напряжённым, но в конце концов предложение было принято.",
  Chinese: "委员会星期二开会讨论新的预算。没有人想到投票结果会如此接近，但最后提案以一票之差获得通过。反对者表示明年会再次尝试。",
  Japanese: "委員会は火曜日に集まり、新しい予算について話し合いました。投票がこれほど接戦になるとは誰も思っていませんでしたが、最終的に提案は可決されました。",
  Korean: "위원회는 화요일에 모여 새 예산에 대해 논의했습니다. 투표가 이렇게 박빙일 것이라고는 아무도 예상하지 못했지만 결국 제안은 통과되었습니다.",
  Arabic: "اجتمعت اللجنة يوم الثلاثاء لمناقشة الميزانية الجديدة. لم يتوقع أحد أن يكون التصويت متقاربا إلى هذا الحد، ولكن في النهاية تم قبول الاقتراح.",
  Hindi: "समिति मंगलवार को नए बजट पर चर्चा करने के लिए मिली। किसी को उम्मीद नहीं थी कि मतदान इतना करीबी होगा, लेकिन अंत में प्रस्ताव पारित हो गया।",
  Thai: "คณะกรรมการประชุมกันเมื่อวันอังคารเพื่อหารือเกี่ยวกับงบประมาณใหม่ ไม่มีใครคาดคิดว่าผลการลงคะแนนจะใกล้เคียงกันขนาดนี้ แต่ในที่สุดข้อเสนอก็ผ่าน",
  code: "export function median(values: number[]): number {\n  const sorted = [...values].sort((a, b) => a - b);\n  const middle = Math.floor(sorted.length / 2);\n  if (sorted.length % 2 === 1) {\n    return sorted[middle];\n  }\n  return (sorted[middle - 1] + sorted[middle]) / 2;\n}\n",
  JSON: '{"id":"a81bc81b","name":"Lunch menu","price":12.5,"tags":["soup","salad"],"isOpen":true,"served":{"from":"11:30","to":"14:00"},"count":128,"url":"https://example.com/menu/2025-03-14"}',
  numbers: "3.14159 2.71828 1024 65536 4294967296 -273.15 6.022e23 1999-12-31 23:59:59 192.168.0.1 (555) 010-9999 42",
};

fetchAll();
const counts = await countAll(Object.values(SAMPLES));
console.log(`// ${Object.keys(FAMILIES).join(", ")}`);
Object.entries(SAMPLES).forEach(([name, text], place) => {
  const ofFamilies = Object.keys(FAMILIES).map((family) => counts[family][place]);
  console.log(`    ("${name}", ${JSON.stringify(text)}, [${ofFamilies.join(", ")}]),`);
});
