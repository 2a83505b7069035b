// Fills each viewer with the pictures of its row and lets a slider uncover one beside the other.
for (const viewer of document.querySelectorAll(".viewer")) {
  const pictures = [...viewer.closest("article").querySelectorAll(".row img[data-plan]")];
  if (pictures.length < 2) continue;
  const sides = ["left", "right"].map((side, i) => {
    const select = viewer.querySelector(`select.${side}`);
    const image = viewer.querySelector(`img.${side}`);
    for (const picture of pictures) select.add(new Option(picture.dataset.plan));
    select.selectedIndex = i === 0 ? 0 : pictures.length - 1;
    const show = () => {
      image.src = pictures[select.selectedIndex].src;
      image.alt = pictures[select.selectedIndex].alt;
    };
    select.addEventListener("change", show);
    return show;
  });
  const input = viewer.querySelector("input");
  input.addEventListener("input", () => viewer.style.setProperty("--cut", input.value + "%"));
  viewer.hidden = false;
  sides.forEach((show) => show());
}
