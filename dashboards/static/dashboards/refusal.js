// Whoever was refused hears why before anything else.
document.getElementById("refusal").focus();
